"""What gives way, in which order, when the disk fills up: never the session, last of all the live broadcast. Pure."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping


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


Marks = Mapping[Room, int]
"""With fewer free bytes than this it begins."""
VARIABLE, USUAL_GB = "DIEMCAU_DISK_LOW_GB", "5"
"""The environment says where :attr:`Room.LOW` begins; node, web and worker read it."""
MOST_GB = 100_000


def marks_of(low_gb: str) -> dict[Room, int]:
    """The marks where :attr:`Room.LOW` begins at so many GB (2^30 bytes, as people see sizes here); the others keep their
    proportions: of 5 GB they are 2 GB, 1 GB and 200 MB. Raises ValueError for what is no number above 0."""
    try:
        size = float(low_gb)
    except ValueError:
        size = math.nan
    if not 0 < size <= MOST_GB:
        raise ValueError(f"{VARIABLE} is not a size in GB: {low_gb}")
    low = int(size * (1 << 30))
    return {Room.LOW: low, Room.FRUGAL: low * 2 // 5, Room.RELEASING: low // 5, Room.NONE: low * 5 // 128}


MARKS: dict[Room, int] = marks_of(USUAL_GB)


def enough_bytes(room: Room, marks: Marks = MARKS) -> int:
    """Free bytes from which on ``room`` is over: a tenth above its mark, so that it does not come and go."""
    return marks[room] * 11 // 10


def room_of(free_bytes: int, before: Room, marks: Marks = MARKS) -> Room:
    """The room with ``free_bytes``, having been ``before``."""
    begun = (room for room, mark in marks.items() if free_bytes < mark)
    going_on = (room for room in marks if room <= before and free_bytes < enough_bytes(room, marks))
    return max((*begun, *going_on), default=Room.AMPLE)


def is_news(free_bytes: int, told_bytes: int) -> bool:
    """Whether what is free has changed by more than a fifth since it was told: then it is worth telling again."""
    return not told_bytes * 4 <= free_bytes * 5 <= told_bytes * 6
