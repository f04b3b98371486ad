"""A real node with its real egress on a real, small filesystem that fills up: what gives way, in which order, and that all goes
on when there is room again. The session has no part in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media.capture import HEADER, MAGIC, RTP, RecordReader, TrackHeader, encode_record
from media.client import NodeClient
from media.egress.hls import PLAYLIST
from media.plane import PeerConnected, PeerSilent, PlaneEvent, Program, RecordingFinished, RecordingTrouble
from media.room import Room, marks_of
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate
from media.simpeer import SimDown, SimUp
from tests.media.sfu.conftest import start_node, stop_node
from tests.support import clapboard
from tests.support.hls_check import check_media_playlist

pytestmark = pytest.mark.asyncio
SESSION, RECORDING = "session2test", "rec1"
MB = 1 << 20
SIZE, LOW = 160 * MB, 96 * MB
LOW_GB = str(LOW / (1 << 30))
MARKS = marks_of(LOW_GB)
OLD_PART = 6 * MB
BEGUN_S = 4.0
"""Until then the first picture has surely come."""
CODES = ["recording.disk_low", "recording.capture_released", "recording.disk_full"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """An empty filesystem of :data:`SIZE` bytes of its own."""
    folder, mount, umount = tmp_path / "disk", shutil.which("mount"), shutil.which("umount")
    folder.mkdir()
    if mount is None or umount is None:
        pytest.skip("there is no mount here")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "diemcau-test", str(folder)],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no filesystem may be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([umount, "--lazy", str(folder)], timeout=20, check=True)


class Stage:
    """What can be seen of the node from outside: its events, its files, and what a viewer gets."""

    def __init__(self, data: Path, viewer: SimDown) -> None:
        self.data = data
        self.viewer = viewer
        self.events: list[PlaneEvent] = []

    async def listen(self, client: NodeClient) -> None:
        async for event in client.events():
            self.events.append(event)

    @property
    def captures(self) -> Path:
        return self.data / "captures" / RECORDING

    @property
    def captured(self) -> int:
        """Bytes that the node has written of the hub."""
        return sum(path.stat().st_size for path in self.captures.glob("hub-*.cap"))

    @property
    def playlist(self) -> Path:
        return self.data / "recordings" / RECORDING / "hls" / PLAYLIST

    @property
    def segments(self) -> int:
        return self.playlist.read_text().count("#EXTINF") if self.playlist.exists() else 0

    @property
    def packets(self) -> int:
        """What the viewer got."""
        return sum(heard.packets for heard in self.viewer.heard.values())

    @property
    def free(self) -> int:
        state = os.statvfs(self.data)
        return state.f_bavail * state.f_frsize

    def told(self, *, over: bool = False) -> list[RecordingTrouble]:
        return [event for event in self.events if isinstance(event, RecordingTrouble) and event.over == over]

    def codes(self, *, over: bool = False) -> list[str]:
        """Each once, in the order in which they were first told."""
        return list(dict.fromkeys(event.code for event in self.told(over=over)))

    @property
    def wrong(self) -> set[str]:
        """Codes of what is not over."""
        found: set[str] = set()
        for event in self.events:
            if isinstance(event, RecordingTrouble):
                (found.discard if event.over else found.add)(event.code)
        return found

    def leave(self, free: int) -> None:
        """Somebody else's file takes all but ``free`` bytes."""
        with (self.data / "elsewhere.bin").open("ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), max(1, self.free - free))


async def until(what: str, probe: Callable[[], bool]) -> None:
    for _ in range(400):
        if probe():
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"it never came: {what}")


async def grows(what: str, probe: Callable[[], int], by: int = 1) -> None:
    before = probe()
    await until(f"{what} beyond {before}", lambda: probe() >= before + by)


def program(seq: int, **fields: Any) -> Program:
    return Program.model_validate({"seq": seq, "at_ms": seq, "state": "live", "title": "Hội nghị", **fields})


def write_old_part(source: Path, target: Path, minutes: int) -> None:
    """What somebody else sent ``minutes`` ago: the records of ``source`` again and again, and a file that is so old."""
    reader, age_us = RecordReader(), minutes * 60_000_000
    records = list(reader.feed(source.read_bytes()))
    header = replace(TrackHeader.decode(records[0].data), peer="guest")
    packets = b"".join(encode_record(RTP, each.at_us - age_us, each.data) for each in records if each.type == RTP)
    head = MAGIC + encode_record(HEADER, records[0].at_us - age_us, header.encode())
    target.write_bytes(head + packets * (OLD_PART // len(packets)))
    at_ns = source.stat().st_mtime_ns - age_us * 1000
    os.utime(target, ns=(at_ns, at_ns))


async def test_recordings_give_way_in_order_and_the_session_never_does(disk: Path) -> None:
    loop = await asyncio.to_thread(clapboard.clip, 320, 180)
    node, _ = await start_node(disk, DIEMCAU_DISK_LOW_GB=LOW_GB, DIEMCAU_RECORDING_HEIGHT="360")
    up, viewer = SimUp(Certificate(), NodeClock()), SimDown(Certificate(), NodeClock())
    stage = Stage(disk, viewer)
    shown: dict[str, Any] = {"speaker": "hub", "voices": ("hub",)}
    try:
        async with NodeClient(f"unix:{disk}/run/node.sock") as client, asyncio.TaskGroup() as group:
            await client.set_program(SESSION, program(1, recording=RECORDING, **shown))
            tasks = [group.create_task(stage.listen(client))]
            tasks.append(group.create_task(up.run(await client.publish(SESSION, "hub", up.offer()))))
            await client.subscribed(SESSION, "viewer", viewer.answer(await client.subscribe(SESSION, "viewer")))
            tasks.append(group.create_task(viewer.run()))
            tasks.append(group.create_task(clapboard.Performance(loop, lambda: up, NodeClock()).run()))
            await until("the first segments", lambda: stage.segments >= 2)
            assert stage.told() == [], "with all this room there is no trouble"
            old, less_old = stage.captures / "guest-camera-1.cap", stage.captures / "guest-camera-2.cap"
            for path, minutes in ((old, 20), (less_old, 10)):
                write_old_part(stage.captures / "hub-camera-1.cap", path, minutes)

            # 1. Nearly full: technicians are warned, nothing is lost.
            stage.leave(LOW - 4 * MB)
            await until("the warning", lambda: stage.codes() == CODES[:1])
            (warning,) = stage.told()
            assert warning.free_bytes is not None and LOW - 8 * MB < warning.free_bytes < LOW
            await grows("capture", lambda: stage.captured)
            assert old.exists() and less_old.exists()

            # 2. Almost no room: capture that is composed long since goes, the oldest first and no more than is needed.
            stage.leave(MARKS[Room.RELEASING] - MB)
            await until("the release", lambda: stage.codes() == CODES[:2])
            await until("the oldest part going", lambda: not old.exists())
            assert less_old.exists()
            await grows("capture", lambda: stage.captured)

            # 3. No room, and nothing that could still go: capture waits in memory, and composing for it. The session goes on.
            stage.leave(MARKS[Room.NONE] - MB // 2)
            await until("the other part going", lambda: not less_old.exists())
            await until("its room", lambda: stage.free > MARKS[Room.NONE] + OLD_PART // 2)
            stage.leave(MARKS[Room.NONE] - MB // 2)
            await asyncio.sleep(1.5)  # until the node has looked at the disk again
            await until("the full disk", lambda: stage.codes() == CODES and "recording.disk_full" in stage.wrong)
            frozen = stage.captured
            await asyncio.sleep(2.5)  # what was captured before is composed
            held = stage.segments
            await grows("what the viewer gets", lambda: stage.packets, 200)
            assert stage.captured == frozen, "nothing more is captured"
            assert stage.segments <= held + 1, "and nothing is composed of what is not there"
            assert stage.free > 0, "and yet it was not for want of the last byte"
            assert stage.told()[-1].free_bytes is not None and stage.told()[-1].free_bytes < MARKS[Room.NONE]

            # 4. There is room again: all is captured again, and all trouble is over.
            (disk / "elsewhere.bin").unlink()
            await until("the end of all trouble", lambda: not stage.wrong)
            await until("what waited in memory", lambda: stage.captured > frozen)
            await asyncio.gather(
                grows("live segments", lambda: stage.segments, 2), grows("what the viewer gets", lambda: stage.packets, 100)
            )

            await client.set_program(SESSION, program(2, state="ended", **shown))
            await until("the end of the recording", lambda: any(isinstance(event, RecordingFinished) for event in stage.events))
            assert not any(isinstance(event, PeerSilent) for event in stage.events), "nobody was cut off"
            assert sum(isinstance(event, PeerConnected) for event in stage.events) == 2, "nor had to come again"
            assert node.returncode is None
            for task in tasks:
                task.cancel()
    finally:
        code = await stop_node(node)
    assert code == 0
    folder = stage.playlist.parent
    assert check_media_playlist(stage.playlist.read_text(), lambda uri: (folder / uri).read_bytes(), 25) == []
    pictures = [seen for seen in clapboard.read_pictures(stage.playlist) if seen.at_s > BEGUN_S]
    assert clapboard.still_s(pictures) == [], "nothing is missing in the replay: what waited is in it"
