"""What gives way, in which order, when the disk fills up: never the session, last of all the live broadcast. Pure."""

from __future__ import annotations

import enum


class Room(enum.IntEnum):
    """How much room there is; each step does what the ones before it do, too."""

    AMPLE = 0
    LOW = 1
    """Technicians are warned; captures of finished, whole recordings go before their time."""
    FRUGAL = 2
    """One middling layer of each picture is captured."""
    RELEASING = 3
    """Capture of a running recording that is composed already goes, the oldest first."""
    NONE = 4
    """Nothing more is captured; what was is still composed, and segments may use the rest."""


MARKS: dict[Room, int] = {Room.LOW: 5 << 30, Room.FRUGAL: 2 << 30, Room.RELEASING: 1 << 30, Room.NONE: 200 << 20}
"""With fewer free bytes than this it begins."""


def enough_bytes(room: Room) -> int:
    """Free bytes from which on ``room`` is over: a tenth above its mark, so that it does not come and go."""
    return MARKS[room] * 11 // 10


def room_of(free_bytes: int, before: Room) -> Room:
    """The room with ``free_bytes``, having been ``before``."""
    begun = (room for room, mark in MARKS.items() if free_bytes < mark)
    going_on = (room for room in MARKS if room <= before and free_bytes < enough_bytes(room))
    return max((*begun, *going_on), default=Room.AMPLE)
