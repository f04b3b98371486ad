"""Capture in parts, and what gives way while the disk fills up: on a real disk whose free space is counted by us."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from media.capture import RTP, RecordReader
from media.egress.tail import CaptureFile
from media.plane import RecordingTrouble
from media.room import MARKS, Room
from media.sfu import capture as capture_module
from media.sfu import recorder as recorder_module
from media.sfu.capture import AppendFile, Numbering
from media.sfu.release import KEPT_US, release
from media.sfu.rtp import parse
from tests.media.sfu.test_capture_writing import SPEAKS, Stage, over, until

COMPOSES = """
import json, sys, time
print(json.dumps({"event": "started", "zero_ms": 5}), flush=True)
for number in range(1, 600):
    print(json.dumps({"event": "progress", "segments": number, "lag_ms": 0}), flush=True)
    time.sleep(0.05)
"""


def sequences(path: Path) -> list[int]:
    """Numbers of the packets that a reader gets of a track."""
    file = CaptureFile(path, lambda code, name: pytest.fail(code))
    found = [parse(record.data).sequence for record in file.read_until(1 << 62) if record.type == RTP]
    file.close()
    return found


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.cap")) if folder.exists() else 0


def test_long_track_goes_on_in_parts_that_stand_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "PART_BYTES", 2_000)
    stage = Stage(tmp_path, SPEAKS)
    stage.set_program(1, voices=("hub",), recording="rec1")
    (recording,) = stage.recorder._running.values()
    (track,) = recording.tracks.values()
    (layer,) = track.layers.values()
    for number in range(1, 201):
        stage.say(number)
        layer.file.write(layer.file.take_pending())
    layer.file.close()
    parts = sorted(stage.folder.glob("*.cap"))
    assert [path.name for path in parts[:3]] == ["hub-mic-1.0002.cap", "hub-mic-1.0003.cap", "hub-mic-1.0004.cap"]
    assert len(parts) > 3 and all(path.stat().st_size < 2_200 for path in parts)
    first = stage.folder / "hub-mic-1.cap"
    whole = sequences(first)
    assert [number - whole[0] for number in whole] == list(range(200))
    assert sequences(parts[-2]) == whole[-len(sequences(parts[-2])) :], "a reader may begin with any part"
    for path in parts:
        reader = RecordReader()
        assert list(reader.feed(path.read_bytes())) and not reader.damaged
    first.unlink()
    assert Numbering(stage.folder).new_path("hub-mic").name == "hub-mic-2.cap", "even where the first parts are gone"


def test_track_goes_on_in_a_new_part_after_some_minutes(tmp_path: Path) -> None:
    clock = [0.0]
    file = AppendFile(tmp_path / "a-mic-1.cap", b"head", in_parts=True, clock=lambda: clock[0])
    for at_s in (0.0, 599.0, 600.0, 601.0):
        clock[0] = at_s
        file.write(b"x")
    file.close()
    assert (tmp_path / "a-mic-1.0002.cap").read_bytes() == b"headxx"


def test_nothing_is_lost_where_the_disk_is_full_at_the_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "PART_BYTES", 1)
    stage = Stage(tmp_path, SPEAKS)
    stage.set_program(1, voices=("hub",), recording="rec1")
    (recording,) = stage.recorder._running.values()
    (layer,) = next(iter(recording.tracks.values())).layers.values()
    writes, left = os.write, [0]

    def scarce(descriptor: int, data: bytes) -> int:
        if left[0] > 0:
            left[0] -= 1
            raise OSError(errno.ENOSPC, "no space")
        return writes(descriptor, data)

    monkeypatch.setattr(capture_module.os, "write", scarce)
    for number in range(1, 13):
        stage.say(number)
        left[0] = number % 4
        while layer.file.has_pending:
            data = layer.file.take_pending()
            try:
                layer.file.write(data)
            except OSError:
                layer.file.give_back(data)
    layer.file.close()
    found = sequences(stage.folder / "hub-mic-1.cap")
    assert [number - found[0] for number in found] == list(range(12))


def test_only_what_is_composed_long_since_and_not_being_written_is_released_oldest_first(tmp_path: Path) -> None:
    composed_us = 1_790_000_000_000_000
    for number, age_us in enumerate((900_000_000, KEPT_US + 2_000_000, KEPT_US - 2_000_000, 950_000_000), 1):
        path = tmp_path / f"hub-mic-{number}.cap"
        path.write_bytes(b"x" * 100)
        os.utime(path, ns=((composed_us - age_us) * 1000,) * 2)
    (tmp_path / "program.jsonl").write_text("{}")
    writing = [AppendFile(tmp_path / "hub-mic-4.cap")]
    assert release(tmp_path, composed_us, writing, 50) == 100
    assert not (tmp_path / "hub-mic-1.cap").exists()
    assert release(tmp_path, composed_us, writing, 1_000) == 100
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"hub-mic-3.cap", "hub-mic-4.cap", "program.jsonl"}
    assert release(tmp_path, composed_us, writing, 1_000) == 0


async def test_things_give_way_in_order_and_all_goes_on_when_room_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_module, "PART_BYTES", 500)
    monkeypatch.setattr(recorder_module, "FLUSH_S", 0.02)
    monkeypatch.setattr(recorder_module, "DISK_CHECK_EVERY", 1)
    monkeypatch.setattr(recorder_module, "RELEASE_EVERY", 1)
    monkeypatch.setattr("media.sfu.release.KEPT_US", 200_000)
    for room, mark in {Room.LOW: 40_000, Room.FRUGAL: 30_000, Room.RELEASING: 20_000, Room.NONE: 10_000}.items():
        monkeypatch.setitem(MARKS, room, mark)
    others = [0]
    stage = Stage(tmp_path, COMPOSES, lambda folder: 60_000 - others[0] - bytes_of(stage.folder))
    number = 0

    def codes() -> list[str]:
        """Each once, in the order in which they were first told."""
        return list(dict.fromkeys(event.code for event in stage.events if isinstance(event, RecordingTrouble) and not event.over))

    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.recorder.run())
        stage.set_program(1, voices=("hub",), recording="rec1")
        stage.say(0)
        await until(lambda: bytes_of(stage.folder) > 0)
        (zero,) = sequences(stage.folder / "hub-mic-1.cap")
        while "recording.capture_released" not in codes() and number < 3_000:
            number += 1
            stage.say(number)
            await asyncio.sleep(0.004)
        assert codes() == ["recording.disk_low", "recording.capture_released"]
        newest = max(stage.folder.glob("*.cap"), key=lambda path: path.stat().st_mtime_ns)
        for _ in range(300):  # it goes on capturing within what is released
            number += 1
            stage.say(number)
            await asyncio.sleep(0.004)
        assert "recording.disk_full" not in codes()
        assert not (stage.folder / "hub-mic-1.cap").exists()
        assert max(stage.folder.glob("*.cap"), key=lambda path: path.stat().st_mtime_ns) != newest

        others[0] = 55_000  # somebody else takes the rest: nothing can be released that would help
        number += 1
        stage.say(number)
        await until(lambda: "recording.disk_full" in codes())
        frozen = bytes_of(stage.folder)
        stage.set_program(2, voices=("hub",), recording="rec1")
        log = stage.folder / "program.jsonl"
        await until(lambda: len(log.read_bytes().splitlines()) == 2)
        assert bytes_of(stage.folder) <= frozen, "what the program says is written, packets wait"
        number += 1
        stage.say(number)

        others[0] = -100_000
        await until(lambda: set(over(stage)) == {"recording.disk_low", "recording.capture_released", "recording.disk_full"})
        running.cancel()
    captured = {sequence - zero & 0xFFFF for path in stage.folder.glob("*.cap") for sequence in sequences(path)}
    assert {number - 1, number} <= captured, "what waited is written when there is room again"
    assert captured == set(range(min(captured), number + 1)), "and nothing in between is lost"
