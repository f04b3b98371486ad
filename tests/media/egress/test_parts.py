"""A capture in parts gives what one in whole files gives, also when early parts are gone and composing begins in the middle."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from media.capture import CONTINUES, HEADER, MAGIC, RecordReader, encode_record, next_part
from media.egress.run import Job, World, run
from tests.media.egress.kit import GREEN, RECORDING, RED, at_us, camera, capture_folder, microphone, program, tone, write_program

PART_RECORDS = 40


def record(data: Path) -> Path:
    """Six seconds of a speaker."""
    folder = capture_folder(data)
    write_program(
        folder, (0.0, program(1, speaker="aaa", voices=("aaa",))), (6.0, program(2, state="ended"))
    )  # fmt: skip
    sender = {"reports": [0.5, 3.5]}
    camera("aaa", 0.2, 6.0, lambda at_s: RED if at_s < 3 else GREEN, size=(320, 180), key_every=25, **sender).write(folder)
    microphone("aaa", 0.2, tone(5.8), **sender).write(folder)
    return folder


def split(folder: Path) -> None:
    """Every track in parts, as the node writes them."""
    for path in sorted(folder.glob("*.cap")):
        head, *records = RecordReader().feed(path.read_bytes())
        assert head.type == HEADER
        begin, end = MAGIC + encode_record(HEADER, head.at_us, head.data), encode_record(CONTINUES, 0, b"")
        for first in range(0, len(records), PART_RECORDS):
            chosen = records[first : first + PART_RECORDS]
            body = b"".join(encode_record(each.type, each.at_us, each.data) for each in chosen)
            last = first + PART_RECORDS >= len(records)
            path.write_bytes(begin + body + (b"" if last else end))
            path = next_part(path)


def last_us(path: Path) -> int:
    return max(each.at_us for each in RecordReader().feed(path.read_bytes()))


def hls(data: Path) -> Path:
    return data / "recordings" / RECORDING / "hls"


def compose(data: Path) -> dict[str, bytes]:
    """What is composed of a capture that grows no more, from where the playlist ends."""
    assert run(Job(data, RECORDING, height=180, closed=True), World(lambda: 1 << 61, lambda seconds: None, lambda event: None))
    return {path.name: path.read_bytes() for path in hls(data).iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    data = tmp_path_factory.mktemp("whole")
    record(data)
    return data, compose(data)


def killed(whole: Path, data: Path) -> Path:
    """A copy that was composed for 4 s only; its capture's folder."""
    shutil.copytree(whole, data)
    playlist = hls(data) / "index.m3u8"
    lines = playlist.read_text().splitlines()
    playlist.write_text("\n".join(lines[: lines.index("seg-00002.m4s") + 1]) + "\n")
    (data / "recordings" / RECORDING / "recording.json").unlink()
    return data / "captures" / RECORDING


def test_parts_give_the_same_bytes_as_whole_files(whole: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    folder = capture_folder(tmp_path)
    shutil.copytree(whole[0] / "captures" / RECORDING, folder, dirs_exist_ok=True)
    split(folder)
    assert len(list(folder.glob("*.cap"))) > 8
    assert compose(tmp_path) == whole[1]


def test_composing_goes_on_in_the_middle_without_the_parts_that_were_released(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.egress.run.LOOK_BACK_US", 2_000_000)
    killed(whole[0], tmp_path / "all")
    folder = killed(whole[0], tmp_path / "released")
    split(folder)
    released = [path for path in folder.glob("*.cap") if last_us(path) < at_us(2)]
    for path in released:
        path.unlink()
    assert {"aaa-mic-0.cap", "aaa-camera-0.cap"} <= {path.name for path in released}
    assert compose(tmp_path / "released") == compose(tmp_path / "all")
