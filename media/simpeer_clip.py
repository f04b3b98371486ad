"""Encoded sound and picture in time, and playing them into a simulated peer's tracks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av

from media.sfu.clock import NodeClock
from media.simpeer import SimUp

STEP_S = 0.02


@dataclass(frozen=True, slots=True)
class Piece:
    """One encoded frame: ``at_us`` from the clip's beginning."""

    at_us: int
    voice: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Clip:
    """Pieces in time, and how long it all lasts."""

    pieces: tuple[Piece, ...]
    length_us: int

    def part(self, from_us: int, length_us: int) -> Clip:
        """A stretch of the sound (pictures could not begin anywhere), beginning at 0."""
        pieces = tuple(
            Piece(piece.at_us - from_us, True, piece.data)
            for piece in self.pieces
            if piece.voice and from_us <= piece.at_us < from_us + length_us
        )
        return Clip(pieces, length_us)

    def with_picture(self, picture: Clip) -> Clip:
        """This clip's sound with another one's picture, which is repeated or cut to the same length."""
        sound = [piece for piece in self.pieces if piece.voice]
        frames = [piece for piece in picture.pieces if not piece.voice]
        repeated = [
            Piece(start + frame.at_us, False, frame.data)
            for start in range(0, self.length_us, picture.length_us)
            for frame in frames
            if start + frame.at_us < self.length_us
        ]
        return Clip(tuple(sorted([*sound, *repeated], key=lambda piece: piece.at_us)), self.length_us)


def read_clip(*paths: Path) -> Clip:
    """The Opus and VP8 frames of these files, as they are. Raises ValueError where a file holds anything else."""
    pieces: list[Piece] = []
    length_us = 0
    for path in paths:
        with av.open(str(path)) as container:
            for packet in container.demux():
                if packet.pts is None or not packet.size or packet.time_base is None:
                    continue
                codec = packet.stream.codec_context.name
                if not codec.startswith(("opus", "libopus", "vp8", "libvpx")):
                    raise ValueError(f"{path.name}: {codec} cannot be sent as it is")
                at_us = max(0, int(packet.pts * packet.time_base * 1_000_000))
                pieces.append(Piece(at_us, "opus" in codec, bytes(packet)))
                length_us = max(length_us, at_us + int((packet.duration or 0) * packet.time_base * 1_000_000))
    if not pieces:
        raise ValueError("nothing to send")
    return Clip(tuple(sorted(pieces, key=lambda piece: piece.at_us)), max(length_us, pieces[-1].at_us + 20_000))


async def play(
    clip: Clip,
    up: SimUp | Callable[[], SimUp | None],
    clock: NodeClock,
    on_time: Callable[[int], None] = lambda at_ms: None,
    paused: Callable[[], bool] = lambda: False,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Send a clip once, at its own pace, by microphone and camera of ``up``: of a connection, or of the one that there is now
    where a peer makes its connections anew (while there is none, it is as if ``paused`` said so).

    ``on_time`` hears where it is, in ms, as it goes. While ``paused`` says so nothing is sent; it goes on from the last key
    frame, so that it can be seen at once. ``stopped`` ends it early.
    """
    begin_us = clock.now_us()
    begins = True
    cursor = 0
    while cursor < len(clip.pieces) and not stopped():
        now_up = up if isinstance(up, SimUp) else up()
        if now_up is None or paused():
            cursor = _last_keyframe(clip, cursor)
            begin_us = clock.now_us() - clip.pieces[cursor].at_us
            begins = True
            await asyncio.sleep(STEP_S)
            continue
        at_us = clock.now_us() - begin_us
        while cursor < len(clip.pieces) and clip.pieces[cursor].at_us <= at_us:
            piece = clip.pieces[cursor]
            if piece.voice:
                now_up.microphone.send_voice(piece.data, begin_us + piece.at_us, begins=begins)
                begins = False
            else:
                now_up.camera.send_picture(piece.data, begin_us + piece.at_us)
            cursor += 1
        on_time(at_us // 1000)
        await asyncio.sleep(STEP_S)


def _last_keyframe(clip: Clip, cursor: int) -> int:
    for place in range(min(cursor, len(clip.pieces) - 1), -1, -1):
        piece = clip.pieces[place]
        if not piece.voice and not piece.data[0] & 0x01:  # RFC 6386 §9.1
            return place
    return 0
