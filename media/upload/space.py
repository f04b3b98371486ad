"""Room on the disk: live recordings come first, so that a reserve stays free for them whatever is uploaded."""

from __future__ import annotations

import shutil

from django.conf import settings

from core.errors import _
from media.room import Room, marks_of
from media.upload.errors import NoSpace

NO_SPACE = _("There is not enough room on the server: %(gb)s GB would have to be free. Tell your technicians, then continue.")


def free_bytes() -> int:
    """What may be filled: free on the disk, less the reserve. Negative where the reserve is touched already."""
    return shutil.disk_usage(settings.DATA_DIR).free - reserve_bytes()


def reserve_bytes() -> int:
    """Stays free for the sessions that are being recorded: with less, their captures begin to give way."""
    return marks_of(settings.DISK_LOW_GB)[Room.LOW]


def no_space(wanted: int) -> NoSpace:
    """The error of ``wanted`` bytes that do not fit."""
    return NoSpace("upload.no_space", NO_SPACE, gb=-(-wanted // (1 << 30)))


def require(wanted: int) -> None:
    """Raises NoSpace unless ``wanted`` bytes fit."""
    if wanted > free_bytes():
        raise no_space(wanted)
