"""Recording: which tracks are captured is read off the program; files are written beside the packet loop, not in it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import structlog

from media.plane import PlaneEvent, Program, RecordingTrouble
from media.room import MARKS, Marks, Room, enough_bytes, is_news, room_of
from media.sfu.capture import AppendFile, Numbering, TrackCapture, WrittenMark, is_full, program_line
from media.sfu.clock import NodeClock
from media.sfu.egress import EgressChild, command_for
from media.sfu.release import release
from media.sfu.routing import Source
from media.sfu.up import UpTrack

log = structlog.get_logger(__name__)

TrackOf = Callable[[Source], UpTrack | None]
FLUSH_S = 0.2
IN_HAND_US = 150_000
"""What came so long ago has surely been read from the socket, however busy the loop is."""
KEYFRAME_CHECK_EVERY, DISK_CHECK_EVERY = 5, 5
"""In flushes."""
RELEASE_EVERY = 25
"""In flushes, too: what was deleted is free once the egress has let go of it, and until then more would go than is needed."""
_WORST_LAST = ("recording.disk_low", "recording.capture_released", "recording.disk_full")
"""Codes of what is wrong with the disk."""


class Batch(NamedTuple):
    """Bytes on their way to a file. ``vital``: without them the recording could not be composed."""

    file: AppendFile
    data: bytes
    vital: bool


class Recording:
    """One recording that runs: its program log and its tracks."""

    def __init__(self, public_id: str, session: str, folder: Path) -> None:
        self.public_id = public_id
        self.session = session
        self.folder = folder
        self.numbering = Numbering(folder)
        self.log = AppendFile(folder / "program.jsonl")
        self.written = WrittenMark(folder)
        self.tracks: dict[UpTrack, TrackCapture] = {}
        self.finished: list[AppendFile] = []
        """Files to which nothing more comes, until all of it is written."""
        self.lost_pieces = 0
        """Of files that are closed."""
        self.told: set[str] = set()
        """Codes of the troubles that are known and not over."""
        self.told_bytes = 0
        """What was free when a trouble of them was last told."""
        if self.log.path.exists() and not self.log.path.read_bytes().endswith(b"\n"):
            self.log.add(b"\n")  # the line that a killed node left torn
        if self.log.path.exists():
            self.written.put(0)  # it goes on: what was said of it before is no longer true

    def files(self) -> Iterable[AppendFile]:
        """The program log first: what a packet means stands there."""
        yield self.log
        yield from self.finished
        for track in self.tracks.values():
            for capture in track.layers.values():
                yield capture.file

    def finish(self, file: AppendFile) -> None:
        """Nothing more comes to the file."""
        self.finished.append(file)

    def close_finished(self) -> None:
        """Close the files of which all is written: in hours people connect anew more often than a process may open files."""
        written = [file for file in self.finished if not file.has_pending]
        self.finished = [file for file in self.finished if file.has_pending]
        for file in written:
            self.lost_pieces += file.lost_pieces
            with contextlib.suppress(OSError):
                file.close()

    def close(self) -> None:
        """Close all files."""
        self.lost_pieces += sum(file.lost_pieces for file in self.files())
        for file in self.files():
            with contextlib.suppress(OSError):
                file.close()
        self.written.close()


class Recorder:
    """Captures the recordings of all sessions of the node, and has each composed by its child.

    Trouble with the disk never ends a session: packets are left out, and :class:`RecordingTrouble` says so.
    """

    def __init__(
        self,
        data: Path,
        clock: NodeClock,
        emit: Callable[[PlaneEvent], None],
        free_bytes: Callable[[Path], int] | None = None,
        command: Callable[[Path, str], list[str]] = command_for,
        marks: Marks = MARKS,
    ) -> None:
        self._data = data
        self._marks = marks
        self._clock = clock
        self._emit = emit
        self._free_bytes = free_bytes or _free_bytes
        self._command = command
        self._running: dict[str, Recording] = {}
        self._ended: list[Recording] = []
        self.free_bytes: int | None = None
        """On the disk of the data folder; None before it was first looked at."""
        self._room = Room.AMPLE
        self._children: asyncio.TaskGroup | None = None
        self._composing: dict[str, asyncio.Task[None]] = {}
        self.egress: dict[str, EgressChild] = {}
        """Of the recordings that are being composed, by public id."""

    async def run(self) -> None:
        """Write every :data:`FLUSH_S` until cancelled; then everything that is in hand is written and the files are closed."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="capture") as disk:
            try:
                async with asyncio.TaskGroup() as group:
                    self._children = group
                    for recording in self._running.values():
                        self._compose(recording)
                    await self._write_forever(disk)
            finally:
                self._children = None
                self._ended += self._running.values()
                self._running.clear()
                for recording in self._ended:
                    self._put(_write(recording, self._taken(recording), self._room, self._clock.now_us()))
                    _close(recording)

    def set_program(self, session: str, program: Program, track_of: TrackOf, named: frozenset[Source]) -> None:
        """The session's program is now this one: begin, go on, or end its recording."""
        wanted = program.recording if program.state != "ended" else None
        for recording in [each for each in self._running.values() if each.session == session]:
            if recording.public_id != wanted:
                self._end(recording, program)
        if wanted is None:
            return
        recording_now = self._running.get(wanted)
        if recording_now is None:
            recording_now = self._begin(wanted, session)
        recording_now.log.add(program_line(self._clock.now_us(), program))
        self.follow(session, track_of, named)

    def follow(self, session: str, track_of: TrackOf, named: frozenset[Source]) -> None:
        """Capture the named tracks that are published now (again after each change of a connection)."""
        for recording in self._running.values():
            if recording.session != session:
                continue
            tracks = {track for source in named if (track := track_of(source)) is not None}
            for track, capture in recording.tracks.items():
                if capture.following and track not in tracks:
                    capture.leave()
                if track.ended:
                    capture.close()
            recording.tracks = {track: capture for track, capture in recording.tracks.items() if not track.ended}
            for track in tracks:
                capture_now = recording.tracks.get(track)
                if capture_now is None:
                    capture_now = recording.tracks[track] = TrackCapture(
                        recording.numbering.new_path, track, self._clock.now_us(), recording.finish
                    )
                if not capture_now.following:
                    capture_now.follow()

    def abandon(self, session: str) -> None:
        """Another node records the session now: capture nothing more of it, and leave its composition to that node."""
        for recording in [each for each in self._running.values() if each.session == session]:
            task = self._composing.get(recording.public_id)
            if task is not None:
                task.cancel()
            self._leave(recording)

    def records(self, session: str) -> bool:
        """Whether a recording of this session runs."""
        return any(recording.session == session for recording in self._running.values())

    def _begin(self, public_id: str, session: str) -> Recording:
        recording = Recording(public_id, session, self._data / "captures" / public_id)
        self._running[public_id] = recording
        log.info("media.recording_began", recording=public_id)
        self._compose(recording)
        return recording

    def _end(self, recording: Recording, program: Program) -> None:
        recording.log.add(program_line(self._clock.now_us(), program))
        self._leave(recording)

    def _leave(self, recording: Recording) -> None:
        for track in recording.tracks.values():
            track.close()
        del self._running[recording.public_id]
        self._ended.append(recording)
        log.info("media.recording_ended", recording=recording.public_id)

    def _compose(self, recording: Recording) -> None:
        if self._children is None or recording.public_id in self._composing:
            return
        child = EgressChild(
            recording.session,
            recording.public_id,
            self._command(self._data, recording.public_id),
            lambda: self._clock.now_us() // 1000,
            self._emit,
        )
        task = self._children.create_task(self._compose_with(child, recording.public_id), name=f"egress {recording.public_id}")
        self._composing[recording.public_id] = task

    async def _compose_with(self, child: EgressChild, public_id: str) -> None:
        self.egress[public_id] = child
        try:
            await child.run()
        finally:
            self.egress.pop(public_id, None)
            self._composing.pop(public_id, None)

    async def _write_forever(self, disk: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        number, released = 0, -RELEASE_EVERY
        while True:
            await asyncio.sleep(FLUSH_S)
            recordings = list(self._running.values())
            if number % DISK_CHECK_EVERY == 0:
                self.free_bytes = await loop.run_in_executor(disk, self._free_bytes, self._data)
                self._room = room_of(self.free_bytes, self._room, self._marks)
                if self._room >= Room.RELEASING and number - released >= RELEASE_EVERY:
                    await self._release(disk, self.free_bytes)
                    released = number
            for recording in dict.fromkeys([*recordings, *self._ended]):  # it may have ended since
                if number % KEYFRAME_CHECK_EVERY == 0:
                    self._tend(recording)
                failure = await self._write_beside(disk, recording)
                recording.close_finished()
                self._judge(recording, failure)
            number += 1

    async def _release(self, disk: ThreadPoolExecutor, free_bytes: int) -> None:
        """Delete what is composed already of the captures that grow, until there is room to go on capturing."""
        missing = enough_bytes(Room.RELEASING, self._marks) - free_bytes
        for recording in list(self._running.values()):
            child = self.egress.get(recording.public_id)
            if missing <= 0 or child is None or child.composed_us is None:
                continue
            freed = await asyncio.get_running_loop().run_in_executor(
                disk, release, recording.folder, child.composed_us, list(recording.files()), missing
            )
            missing -= freed
            if freed:
                log.warning("media.capture_released", recording=recording.public_id, bytes=freed)
                self._tell(recording, "recording.capture_released", True)

    async def _write_beside(self, disk: ThreadPoolExecutor, recording: Recording) -> OSError | None:
        """Write what a recording has in hand, in the disk's thread; returns why something could not be written."""
        batches, now_us = self._taken(recording), self._clock.now_us()
        writing = asyncio.get_running_loop().run_in_executor(disk, _write, recording, batches, self._room, now_us)
        try:
            return self._put(await asyncio.shield(writing))
        except asyncio.CancelledError:
            self._put(await writing)  # what was taken must be written, or be there for the last attempt
            raise

    @staticmethod
    def _taken(recording: Recording) -> list[Batch]:
        batches = [Batch(file, data, file is recording.log) for file in recording.files() if (data := file.take_pending())]
        return batches

    @staticmethod
    def _put(result: tuple[list[Batch], OSError | None]) -> OSError | None:
        """Give back what was not written; returns why."""
        left, failure = result
        for batch in left:
            batch.file.give_back(batch.data)
        return failure

    def _tend(self, recording: Recording) -> None:
        now_us = self._clock.now_us()
        self._tell(recording, "recording.disk_low", self._room >= Room.LOW)
        if self._room < Room.RELEASING:
            self._tell(recording, "recording.capture_released", False)
        self._tell_anew(recording)
        for track in recording.tracks.values():
            if not track.following:
                continue
            track.prefer(self._room >= Room.FRUGAL, now_us)
            for capture in track.layers.values():
                if capture.needs_keyframe(now_us):
                    capture.layer.want_keyframe()

    def _judge(self, recording: Recording, failure: OSError | None) -> None:
        if failure is not None and not is_full(failure):
            log.error("media.capture_failed", recording=recording.public_id, cause=str(failure))
        self._tell(recording, "recording.disk_full", failure is not None)
        waits = any(file.has_pending for file in recording.files())  # it may have ended while it was being written
        if failure is None and not waits and recording in self._ended:
            self._ended.remove(recording)
            recording.written.complete()
            _close(recording)

    def _tell(self, recording: Recording, code: str, trouble: bool) -> None:
        """Say once that a trouble has begun or is over; with the end of one, those that go on are said again."""
        if trouble == (code in recording.told):
            return
        if trouble:
            recording.told.add(code)
            self._emit_trouble(recording, code)
        else:
            recording.told.discard(code)
            self._emit_trouble(recording, code, over=True)
            for other in sorted(recording.told):
                self._emit_trouble(recording, other)

    def _tell_anew(self, recording: Recording) -> None:
        """Say the worst that is wrong again once another amount is free: what was told long ago helps nobody."""
        worst = next((code for code in reversed(_WORST_LAST) if code in recording.told), None)
        if worst is not None and self.free_bytes is not None and is_news(self.free_bytes, recording.told_bytes):
            self._emit_trouble(recording, worst)

    def _emit_trouble(self, recording: Recording, code: str, *, over: bool = False) -> None:
        if not over and self.free_bytes is not None:
            recording.told_bytes = self.free_bytes
        self._emit(
            RecordingTrouble(
                session=recording.session,
                at_ms=self._clock.now_us() // 1000,
                recording=recording.public_id,
                code=code,
                over=over,
                free_bytes=self.free_bytes,
            )
        )


def _write(recording: Recording, batches: list[Batch], room: Room, taken_us: int) -> tuple[list[Batch], OSError | None]:
    """Write batches, in the disk's thread; what could not be written, and why. The program log may use the last room.

    ``taken_us``: when they were taken. While something waits for room the mark stands still, so that what is captured is composed
    however late it comes into the files.
    """
    left: list[Batch] = []
    failure: OSError | None = None
    for batch in batches:
        try:
            if room >= Room.NONE and not batch.vital:
                raise OSError(errno.ENOSPC, "too little room is left")
            batch.file.write(batch.data)
        except OSError as error:
            failure = error
            left.append(batch)
    if failure is None or not is_full(failure):
        recording.written.put(taken_us - IN_HAND_US)
    return left, failure


def _close(recording: Recording) -> None:
    recording.close()
    if recording.lost_pieces:
        log.error("media.capture_incomplete", recording=recording.public_id, lost=recording.lost_pieces)


def _free_bytes(folder: Path) -> int:
    """Bytes that an ordinary process may still write below ``folder``."""
    while not folder.exists():
        folder = folder.parent
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize
