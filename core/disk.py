"""Telling a full disk from a defect."""

from __future__ import annotations

import errno

from django.db import OperationalError

from core.errors import Unavailable, _

_WORDS = ("disk is full", "no space left")
"""What SQLite and PostgreSQL say of it."""


def trouble(error: BaseException | None) -> Unavailable | None:
    """``core.disk_full`` where that is what ``error``, or what led to it, comes from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        no_space = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if no_space or (isinstance(error, OperationalError) and any(words in str(error).lower() for words in _WORDS)):
            return Unavailable(
                "core.disk_full",
                _("The server's disk is full: nothing was saved. Tell your technicians, and repeat the step when there is room."),
            )
        error = error.__cause__ or error.__context__
    return None
