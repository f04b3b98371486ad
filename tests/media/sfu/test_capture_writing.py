"""Capture and recorder, on a real disk; a full one by a file that refuses."""

from __future__ import annotations

import asyncio
import errno
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from media.capture import COMPLETE, HEADER, MOMENT, RTP, SENDER_REPORT, WRITTEN, Record, RecordReader, SenderReport, TrackHeader
from media.plane import PlaneEvent, Program, RecordingFinished, RecordingStarted, RecordingTrouble
from media.room import MARKS, Room, enough_bytes
from media.sfu import recorder as recorder_module
from media.sfu.capture import KEYFRAME_EVERY_US, AppendFile, Numbering, TrackCapture
from media.sfu.clock import NodeClock
from media.sfu.recorder import Recorder
from media.sfu.routing import Source, named_sources
from media.sfu.rtcp import SenderTime
from media.sfu.rtp import parse
from media.sfu.up import UpTrack
from tests.media.sfu.packets import up_track, video_layer, voice_layer, vp8_payload

SPEAKS = """
import json, pathlib, sys, time
log = pathlib.Path(sys.argv[1]) / "captures" / sys.argv[2] / "program.jsonl"
print(json.dumps({"event": "started", "zero_ms": 5}), flush=True)
for _ in range(600):
    if log.exists() and len(log.read_bytes().splitlines()) > 1:
        break
    time.sleep(0.05)
print(json.dumps({"event": "finished", "duration_ms": 7}), flush=True)
"""
DIES = "raise SystemExit(1)"
BABBLES = "print('not json'); print('{}'); print('[1]'); raise SystemExit(3)"


def read(path: Path) -> list[Record]:
    reader = RecordReader()
    records = list(reader.feed(path.read_bytes()))
    assert not reader.damaged
    return records


def program(seq: int, **fields: Any) -> Program:
    return Program.model_validate({"seq": seq, "at_ms": seq, "state": "live", "title": "Hội nghị", **fields})


def ignore(file: AppendFile) -> None:
    pass


def test_track_is_captured_as_it_came(tmp_path: Path) -> None:
    layer = video_layer("h", ssrc=77)
    capture = TrackCapture(Numbering(tmp_path).new_path, layer.track, 1_000, ignore)
    layer.note_sender_time(SenderTime(77, 1 << 40, 90), 400, 500)
    capture.follow()
    assert layer.keyframe_wanted
    layer.accept(1, 3000, True, vp8_payload(1, keyframe=True), 2_000)
    layer.accept(3, 9000, True, vp8_payload(3), 2_100)
    layer.accept(2, 6000, True, vp8_payload(2), 2_200)
    capture.leave()
    layer.accept(4, 9000, True, vp8_payload(4), 2_300)
    file = capture.layers[layer].file
    file.write(file.take_pending())
    file.close()

    assert [path.name for path in tmp_path.iterdir()] == ["hub-camera-h-1.cap"]
    records = read(tmp_path / "hub-camera-h-1.cap")
    assert [record.type for record in records] == [HEADER, SENDER_REPORT, RTP, RTP, RTP]
    assert TrackHeader.decode(records[0].data) == TrackHeader("hub", "camera", "vp8", 90_000, 77, "h")
    assert SenderReport.decode(records[1].data) == SenderReport(77, 1 << 40, 90)
    packets = [parse(record.data) for record in records[2:]]
    assert [packet.timestamp for packet in packets] == [3000, 9000, 6000]
    assert [packet.sequence - packets[0].sequence for packet in packets] == [0, 2, 1]
    assert {(packet.ssrc, packet.payload_type) for packet in packets} == {(77, 96)}
    assert Numbering(tmp_path).new_path("hub-camera-h").name == "hub-camera-h-2.cap"


@pytest.mark.parametrize("followed", [True, False])
def test_capture_goes_on_in_a_new_file_when_a_stream_began_anew(tmp_path: Path, followed: bool) -> None:
    layer = voice_layer()
    finished: list[AppendFile] = []
    capture = TrackCapture(Numbering(tmp_path).new_path, layer.track, 0, finished.append)
    capture.follow()
    if not followed:
        capture.leave()
    anew = layer.track.open_layer(None, 9)
    if not followed:
        capture.follow()
    assert [file.path.name for file in finished] == ["hub-mic-1.cap"]
    for _ in range(2):
        capture.leave()
        capture.follow()
    anew.accept(1, 0, False, b"voice", 1_000)
    assert [each.file.path.name for each in capture.layers.values()] == ["hub-mic-2.cap"]
    assert b"voice" in capture.layers[anew].file.take_pending()
    capture.close()
    assert not layer.takers and not anew.takers
    assert [file.path.name for file in finished] == ["hub-mic-1.cap", "hub-mic-2.cap"]


def test_keyframe_is_wanted_when_there_was_none_for_long_or_a_packet_never_came(tmp_path: Path) -> None:
    layer = video_layer()
    track = TrackCapture(Numbering(tmp_path).new_path, layer.track, 0, ignore)
    track.follow()
    capture = track.layers[layer]
    now_us = 100_000_000
    layer.accept(1, 0, True, vp8_payload(1, keyframe=True), now_us)
    assert not capture.needs_keyframe(now_us + 1)
    layer.accept(3, 0, True, vp8_payload(3), now_us + 10_000)
    assert not capture.needs_keyframe(now_us + 500_000), "it may still be sent again"
    layer.accept(4, 0, True, vp8_payload(4), now_us + 1_100_000)
    assert capture.needs_keyframe(now_us + 1_200_000)
    assert not capture.needs_keyframe(now_us + 1_200_000), "asked for"
    layer.accept(5, 0, True, vp8_payload(5), now_us + KEYFRAME_EVERY_US)
    assert capture.needs_keyframe(now_us + KEYFRAME_EVERY_US)


def test_frugal_capture_keeps_one_layer(tmp_path: Path) -> None:
    track = up_track("hub", "camera", video_layer().codec, ("q", "h", "f"))
    capture = TrackCapture(Numbering(tmp_path).new_path, track, 0, ignore)
    capture.follow()
    layers = [track.open_layer(rid, ssrc) for ssrc, rid in enumerate(("q", "h", "f"), 1)]
    for layer in layers:
        layer.accept(1, 0, True, vp8_payload(1, keyframe=True), 1_000)
    capture.prefer(True, 2_000)
    assert [capture.layers[layer].wanted for layer in layers] == [False, True, False]
    capture.prefer(False, 2_000)
    assert all(each.wanted for each in capture.layers.values())


def test_piece_is_taken_back_when_it_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = AppendFile(tmp_path / "a.cap", b"first")
    file.write(b"one")

    def half(descriptor: int, data: bytes) -> int:
        if len(data) > 4:
            return real(descriptor, data[:4])
        raise OSError(errno.ENOSPC, "no space")

    real = recorder_module.os.write
    monkeypatch.setattr("media.sfu.capture.os.write", half)
    with pytest.raises(OSError, match="no space"):
        file.write(b"two and more")
    monkeypatch.undo()
    file.write(b"three")
    file.close()
    assert (tmp_path / "a.cap").read_bytes() == b"firstonethree"


class Stage:
    """A recorder over a session with one voice, its events, and a child of a few lines."""

    def __init__(self, data: Path, child: str, free: Callable[[Path], int] = lambda folder: 1 << 40) -> None:
        self.events: list[PlaneEvent] = []
        self.layer = voice_layer(5)
        self.data = data
        self.recorder = Recorder(
            data,
            NodeClock(),
            self.events.append,
            free_bytes=free,
            command=lambda folder, recording: [sys.executable, "-c", child, str(folder), recording],
        )

    def set_program(self, seq: int, **fields: Any) -> None:
        made = program(seq, **fields)
        self.recorder.set_program("s1", made, self.track_of, named_sources(made))

    def track_of(self, source: Source) -> UpTrack | None:
        return self.layer.track if source == ("hub", "mic") else None

    def say(self, sequence: int) -> None:
        self.layer.accept(sequence, sequence * 960, False, b"voice", 1_000_000 + sequence * 20_000)

    def heard(self, kind: type) -> list[PlaneEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def folder(self) -> Path:
        return self.data / "captures" / "rec1"


def over(stage: Stage) -> list[str]:
    """Codes of the troubles that have passed."""
    return [event.code for event in stage.events if isinstance(event, RecordingTrouble) and event.over]


async def until(probe: Callable[[], bool]) -> None:
    for _ in range(600):
        if probe():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it never came")


async def test_recording_begins_and_ends_with_the_program(tmp_path: Path) -> None:
    stage = Stage(tmp_path, SPEAKS)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        stage.set_program(1, voices=("hub",))
        stage.say(1)
        stage.set_program(2, voices=("hub",), recording="rec1")
        stage.say(2)
        stage.set_program(3, recording="rec1")
        stage.say(3)
        stage.set_program(4, voices=("hub",), recording="rec1")
        stage.say(4)
        await until(lambda: bool(stage.heard(RecordingStarted)))
        stage.set_program(5, voices=("hub",), state="ended", recording="rec1")
        stage.say(5)
        await until(lambda: bool(stage.heard(RecordingFinished)))
        assert not stage.recorder.records("s1")
        running.cancel()
    assert [event.type for event in stage.events] == ["recording_started", "recording_finished"]
    lines = [json.loads(line) for line in (stage.folder / "program.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["program"]["seq"] for line in lines] == [2, 3, 4, 5]
    assert lines[0]["program"]["title"] == "Hội nghị"
    packets = [parse(record.data) for record in read(stage.folder / "hub-mic-1.cap") if record.type == RTP]
    assert [packet.timestamp // 960 for packet in packets] == [2, 4], "only what the program names"


def open_files(folder: Path) -> set[str]:
    """Names of the files below a folder that this process has open."""
    found = (each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink())
    return {path.name for path in found if path.is_relative_to(folder)}


async def test_files_are_closed_while_the_recording_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, SPEAKS)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        for number in range(1, 6):
            stage.set_program(number, voices=("hub",), recording="rec1")
            stage.say(1)
            if number == 3:
                stage.layer = stage.layer.track.open_layer(None, 7)
                stage.say(1)
            stage.layer.track.end()
            stage.layer = voice_layer(5)
        stage.set_program(6, voices=("hub",), recording="rec1")
        stage.say(1)
        names = [f"hub-mic-{number}.cap" for number in range(1, 8)]
        await until(lambda: {path.name for path in stage.folder.glob("*.cap")} == set(names))
        await until(lambda: open_files(stage.folder) == {"program.jsonl", "hub-mic-7.cap", WRITTEN})
        running.cancel()
    assert open_files(stage.folder) == set()
    assert all(len([each for each in read(stage.folder / name) if each.type == RTP]) == 1 for name in names)


async def test_recording_goes_on_in_new_files_when_the_node_was_killed(tmp_path: Path) -> None:
    for number in (1, 2):
        stage = Stage(tmp_path, SPEAKS)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(stage.recorder.run())
            stage.set_program(number, voices=("hub",), recording="rec1")
            stage.say(number)
            await until(lambda: bool(list(stage.folder.glob(f"*-{number}.cap"))))  # noqa: B023
            running.cancel()
        with (stage.folder / "program.jsonl").open("ab") as log:
            log.write(b'{"at_us": 1, "prog')
    names = sorted(path.name for path in stage.folder.iterdir())
    assert names == ["hub-mic-1.cap", "hub-mic-2.cap", "program.jsonl", WRITTEN]
    lines = (stage.folder / "program.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["program"]["seq"] for line in (lines[0], lines[2])] == [1, 2]


async def test_last_program_is_written_when_the_recording_ends_during_a_slow_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, goes_on = recorder_module._write, threading.Event()
    began = threading.Event()

    def slow_write(
        recording: recorder_module.Recording, batches: list[recorder_module.Batch], *more: Any
    ) -> tuple[list[recorder_module.Batch], OSError | None]:
        if batches:
            began.set()
            goes_on.wait(30)
        return writes(recording, batches, *more)

    monkeypatch.setattr(recorder_module, "_write", slow_write)
    stage = Stage(tmp_path, SPEAKS)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        stage.set_program(1, voices=("hub",), recording="rec1")
        await until(began.is_set)
        stage.set_program(2, recording=None)
        goes_on.set()
        log = stage.folder / "program.jsonl"
        await until(lambda: log.exists() and len(log.read_bytes().splitlines()) == 2)
        running.cancel()


async def test_trouble_is_told_and_nothing_breaks_when_the_disk_is_full(tmp_path: Path) -> None:
    free = [MARKS[Room.NONE] - 1]
    stage = Stage(tmp_path, SPEAKS, lambda folder: free[0])
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        stage.set_program(1, voices=("hub",), recording="rec1")
        stage.say(1)
        await until(lambda: len(stage.heard(RecordingTrouble)) == 2)
        codes = {event.code for event in stage.events if isinstance(event, RecordingTrouble)}
        assert codes == {"recording.disk_low", "recording.disk_full"}
        await until(lambda: (stage.folder / "program.jsonl").exists())
        assert not list(stage.folder.glob("*.cap"))
        assert not (stage.folder / WRITTEN).exists(), "nobody is told that all is written"
        free[0] = enough_bytes(Room.LOW)
        stage.say(2)
        await until(lambda: bool(list(stage.folder.glob("*.cap"))))
        await until(lambda: len(over(stage)) == 2)
        assert set(over(stage)) == {"recording.disk_low", "recording.disk_full"}
        running.cancel()
    packets = [record for record in read(stage.folder / "hub-mic-1.cap") if record.type == RTP]
    assert len(packets) == 2, "what waited was written when there was room again"
    assert (stage.folder / WRITTEN).exists()


async def test_a_recording_that_ends_while_the_disk_is_looked_at_is_complete(tmp_path: Path) -> None:
    asked, goes_on = threading.Event(), threading.Event()

    def free_bytes(folder: Path) -> int:
        asked.set()
        goes_on.wait(30)
        return enough_bytes(Room.LOW)

    stage = Stage(tmp_path, SPEAKS, free_bytes)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        stage.set_program(1, voices=("hub",), recording="rec1")
        await until(asked.is_set)
        stage.set_program(2, recording=None)
        goes_on.set()
        mark = stage.folder / WRITTEN
        await until(mark.exists)
        await asyncio.sleep(3 * recorder_module.FLUSH_S)
        assert MOMENT.unpack(mark.read_bytes()) == (COMPLETE,)
        running.cancel()


async def test_until_when_all_is_written_is_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path, SPEAKS)

    def until_us() -> int:
        told: int = MOMENT.unpack((stage.folder / WRITTEN).read_bytes())[0]
        return told

    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        stage.set_program(1, voices=("hub",), recording="rec1")
        await until((stage.folder / WRITTEN).exists)
        before_us = until_us()
        await until(lambda: until_us() > before_us)
        assert until_us() < NodeClock().now_us()
        stage.set_program(2, recording=None)
        await until(lambda: until_us() == COMPLETE)
        stage.set_program(3, voices=("hub",), recording="rec1")
        assert until_us() == 0, "it goes on, so that nothing is sure before it is written"
        await until(lambda: until_us() > before_us)
        running.cancel()


async def test_child_is_started_again_when_it_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.sfu.egress.BACKOFF_S", (0.01,))
    monkeypatch.setattr("media.sfu.egress.MAX_FAILURES", 3)
    stage = Stage(tmp_path, DIES)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        stage.set_program(1, voices=("hub",), recording="rec1")
        await until(lambda: len(stage.heard(RecordingTrouble)) == 3)
        await asyncio.sleep(0.3)
        running.cancel()
    assert [event.code for event in stage.events if isinstance(event, RecordingTrouble)] == ["recording.egress_restarted"] * 3


async def test_child_is_left_alone_when_it_says_nonsense_and_found_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, BABBLES)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        stage.set_program(1, voices=("hub",), recording="rec1")
        await asyncio.sleep(0.5)
        running.cancel()
    assert stage.events == []
