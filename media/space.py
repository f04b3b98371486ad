"""Room on the disk of the data folder. Live recordings come first: whatever is made of others leaves them what they need."""

from __future__ import annotations

import shutil

from django.conf import settings

from media.room import Room, marks_of


def free_bytes() -> int:
    """On the disk of the data folder."""
    return shutil.disk_usage(settings.DATA_DIR).free


def mark_bytes(room: Room) -> int:
    """With fewer free bytes than this ``room`` begins, as this installation has set it."""
    return marks_of(settings.DISK_LOW_GB)[room]


def has_room() -> bool:
    """Whether what is made of recordings may take more: a live one would begin to be captured in less."""
    return free_bytes() >= mark_bytes(Room.FRUGAL)
