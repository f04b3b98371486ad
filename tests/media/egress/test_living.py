"""Composing while the capture grows, through kills and full disks.

The clock is simulated, so that no test waits or measures time; only the kill is real.
"""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from media.capture import COMPLETE, MOMENT, WRITTEN
from media.egress import disk
from media.egress.run import Job, NothingCaptured, World, run
from media.egress.status import EXIT_BUSY, EXIT_NOTHING
from tests.media.egress.kit import (
    GREEN,
    RECORDING,
    RED,
    ZERO_US,
    Track,
    camera,
    capture_folder,
    microphone,
    near,
    program,
    tone,
    watch,
    write_program,
)  # fmt: skip
from tests.support.hls_check import check_folder

ROOT = Path(__file__).resolve().parents[3]
LAG_S = 1.5
FLUSH_S = 0.25


class Node:
    """Stands for the node and for time: what has arrived is flushed every 250 ms while the composer sleeps."""

    def __init__(self, folder: Path, tracks: list[Track], programs: list[tuple[float, dict[str, object]]]) -> None:
        self.folder, self.now_s = folder, 0.0
        self.told: list[dict[str, object]] = []
        self.seen: list[tuple[float, int]] = []
        """When which number of segments was listed."""
        self._programs = programs
        self._tracks = [(track, track.records()[0][0]) for track in tracks]
        self._flushed_s = -1.0
        self.sleep(0)

    def now_us(self) -> int:
        return ZERO_US + round(self.now_s * 1_000_000)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        while self._programs and self._programs[0][0] <= self.now_s:
            at_s, values = self._programs.pop(0)
            write_program(self.folder, (at_s, program(1, **values)))
        if self.now_s - self._flushed_s >= FLUSH_S:
            self._flushed_s = self.now_s
            for track, first_us in self._tracks:
                if first_us <= self.now_us():
                    track.write(self.folder, until_s=self.now_s)
        playlist = self.folder.parents[1] / "recordings" / RECORDING / "hls" / "index.m3u8"
        count = playlist.read_text().count("#EXTINF") if playlist.exists() else 0
        if not self.seen or self.seen[-1][1] != count:
            self.seen.append((self.now_s, count))
        assert self.now_s < 600, "it never ends"

    def world(self, orphaned: Callable[[], bool] = lambda: False) -> World:
        return World(self.now_us, self.sleep, self.told.append, orphaned)


def talk(tmp_path: Path, end_s: float) -> Node:
    folder = capture_folder(tmp_path)
    tracks = [
        camera("aaa", 0.2, end_s, lambda moment: RED if moment < 3 else GREEN, size=(320, 180), reports=[0.5]),
        microphone("aaa", 0.2, tone(end_s - 0.2), reports=[0.5]),
    ]
    return Node(folder, tracks, [(0.0, {"speaker": "aaa", "voices": ("aaa",)}), (end_s, {"state": "ended"})])


def hls(data: Path) -> Path:
    return data / "recordings" / RECORDING / "hls"


def test_segments_are_listed_soon_after_what_they_show_and_the_end_comes_at_once(tmp_path: Path) -> None:
    node = talk(tmp_path, 7.0)
    assert run(Job(tmp_path, RECORDING, height=360), node.world())
    listed = {count: at_s for at_s, count in node.seen}
    for count in (1, 2, 3):
        assert listed[count] - 2 * count <= LAG_S
    assert node.now_s - 7.0 <= 1.0
    result = watch(hls(tmp_path))
    assert len(result.images) == 175
    assert near(result.colour(2.5), RED)
    assert near(result.colour(4), GREEN)
    assert result.level(0.5, 6.9) == pytest.approx(0.5 / 2**0.5, rel=0.05)


def test_live_and_afterwards_give_the_same_bytes(tmp_path: Path) -> None:
    """What is composed depends on the capture alone, not on when it is read."""
    node = talk(tmp_path / "live", 5.0)
    assert run(Job(tmp_path / "live", RECORDING, height=360), node.world())
    later = talk(tmp_path / "later", 5.0)
    later.sleep(60)
    assert run(Job(tmp_path / "later", RECORDING, height=360), later.world())
    for path in hls(tmp_path / "live").iterdir():
        assert path.read_bytes() == (hls(tmp_path / "later") / path.name).read_bytes(), path.name


def test_it_stops_without_an_end_when_its_starter_is_gone_and_the_next_one_goes_on(tmp_path: Path) -> None:
    node = talk(tmp_path, 8.0)
    assert not run(Job(tmp_path, RECORDING, height=360), node.world(lambda: node.now_s > 5))
    assert "#EXT-X-ENDLIST" not in (hls(tmp_path) / "index.m3u8").read_text()
    assert check_folder(hls(tmp_path), fps=25, live=True) == []
    assert run(Job(tmp_path, RECORDING, height=360), node.world())
    result = watch(hls(tmp_path))
    assert len(result.images) == 200
    assert np.allclose(np.diff(result.image_times), 0.04, atol=1e-4)
    assert near(result.colour(4.5), GREEN), "decoding began at the keyframe before"
    step = np.abs(np.diff(result.sound[48_000:]))
    assert step.max() < 0.05, "the sound goes on without a gap"


def test_it_leaves_at_once_when_its_starter_is_gone_while_it_is_behind(tmp_path: Path) -> None:
    node = talk(tmp_path, 4.0)
    node.sleep(3)
    assert not run(Job(tmp_path, RECORDING, height=360), node.world(lambda: True))
    assert not (hls(tmp_path) / "index.m3u8").exists()


def test_what_comes_late_into_the_files_is_waited_for(tmp_path: Path) -> None:
    """The node says until when all is written: where the disk was full that is long after it happened."""
    whole = talk(tmp_path / "whole", 7.0)
    assert run(Job(tmp_path / "whole", RECORDING, height=360), whole.world())
    late = talk(tmp_path / "late", 7.0)
    writes, mark = late.sleep, late.folder / WRITTEN
    mark.write_bytes(MOMENT.pack(late.now_us()))

    def sleep(seconds: float) -> None:
        if 3 < late.now_s < 40:
            late.now_s += seconds
        else:
            writes(seconds)
            mark.write_bytes(MOMENT.pack(late.now_us() - round(2 * FLUSH_S * 1e6) if late.now_s < 41 else COMPLETE))
        held = [count for at_s, count in late.seen if at_s < 40]
        assert held[-1] <= 1, "what is not in the files is not composed"

    late.sleep = sleep  # type: ignore[method-assign]
    assert run(Job(tmp_path / "late", RECORDING, height=360), late.world())
    for path in hls(tmp_path / "whole").iterdir():
        assert path.read_bytes() == (hls(tmp_path / "late") / path.name).read_bytes(), path.name


def test_a_full_disk_is_waited_out_and_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = talk(tmp_path, 6.0)
    whole, refused = disk.write_whole, []

    def scarce(path: Path, data: bytes) -> None:
        if path.name == "seg-00002.m4s" and len(refused) < 3:
            refused.append(path)
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, data)

    monkeypatch.setattr(disk, "write_whole", scarce)
    assert run(Job(tmp_path, RECORDING, height=360), node.world())
    assert [event["code"] for event in node.told if event["event"] == "trouble"] == ["recording.disk_full", "recording.disk_free"]
    assert len(watch(hls(tmp_path)).images) == 150


def test_a_disk_that_fails_otherwise_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = talk(tmp_path, 3.0)

    def broken(path: Path, data: bytes) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(disk, "write_whole", broken)
    with pytest.raises(OSError, match="Input/output"):
        run(Job(tmp_path, RECORDING, height=360), node.world())


def test_a_capture_without_a_beginning_is_given_up(tmp_path: Path) -> None:
    node = Node(capture_folder(tmp_path), [], [])
    with pytest.raises(NothingCaptured):
        run(Job(tmp_path, RECORDING), node.world())
    assert node.now_s > 10


def egress(data: Path, *more: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "media.egress", "--data", str(data), "--recording", RECORDING, "--height", "360", *more]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    node = talk(tmp_path, 16.0)
    node.sleep(100)
    process = egress(tmp_path)
    try:
        while not (hls(tmp_path) / "seg-00003.m4s").exists() and process.poll() is None:
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert json.loads((hls(tmp_path).parent / "recording.json").read_text())["state"] == "live"
    out, errors = egress(tmp_path).communicate(timeout=120)
    events = [json.loads(line) for line in out.splitlines()]
    assert errors == ""
    progress = [event["segments"] for event in events if event["event"] == "progress"]
    assert progress == sorted(progress) and progress[0] > 3
    assert [event["event"] for event in events if event["event"] != "progress"] == ["started", "finished"]
    assert events[-1]["duration_ms"] == 16_000
    result = watch(hls(tmp_path))
    assert len(result.images) == 400
    assert np.allclose(np.diff(result.image_times), 0.04, atol=1e-4)
    assert result.level(1, 15.9) == pytest.approx(0.5 / 2**0.5, rel=0.02)
    assert np.abs(np.diff(result.sound[48_000:-2_000])).max() < 0.05


def test_a_torn_playlist_costs_only_what_it_does_not_name(tmp_path: Path) -> None:
    node = talk(tmp_path, 5.0)
    node.sleep(60)
    assert run(Job(tmp_path, RECORDING, height=360), node.world())
    folder = hls(tmp_path)
    (folder.parent / "recording.json").write_text("{torn")
    text = (folder / "index.m3u8").read_text()
    (folder / "index.m3u8").write_text(text[: text.index("seg-00002") + 5])
    assert run(Job(tmp_path, RECORDING, height=360), node.world())
    assert (folder / "index.m3u8").read_text() == text
    assert len(watch(folder).images) == 125


def test_two_never_compose_the_same_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    from media.egress import __main__ as main

    folder = tmp_path / "recordings" / RECORDING
    folder.mkdir(parents=True)
    monkeypatch.setattr(main, "_LOCK_TIMEOUT_S", 0.0)
    with (folder / ".egress.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main.main(["--data", str(tmp_path), "--recording", RECORDING]) == EXIT_BUSY


def test_the_process_says_when_there_is_nothing(tmp_path: Path) -> None:
    process = egress(tmp_path, "--closed")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == EXIT_NOTHING
    assert json.loads(out) == {"event": "failed", "code": "recording.nothing_captured"}
    assert [path.name for path in (tmp_path / "recordings" / RECORDING).iterdir()] == [".egress.lock"]
