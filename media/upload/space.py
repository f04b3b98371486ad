"""Room on the disk: live recordings come first, so that a reserve stays free for them whatever is uploaded."""

from __future__ import annotations

from core.errors import _
from media import space
from media.room import Room
from media.upload.errors import NoSpace

NO_SPACE = _("There is not enough room on the server: %(gb)s GB would have to be free. Tell your technicians, then continue.")


def free_bytes() -> int:
    """What may be filled: free on the disk, less the reserve. Negative where the reserve is touched already."""
    return space.free_bytes() - reserve_bytes()


def reserve_bytes() -> int:
    """Stays free for the sessions that are being recorded: with less, their captures begin to give way."""
    return space.mark_bytes(Room.LOW)


def no_space(wanted: int) -> NoSpace:
    """The error of ``wanted`` bytes that do not fit."""
    return NoSpace("upload.no_space", NO_SPACE, gb=-(-wanted // (1 << 30)))


def require(wanted: int) -> None:
    """Raises NoSpace unless ``wanted`` bytes fit."""
    if wanted > free_bytes():
        raise no_space(wanted)
