"""What goes wrong while a file comes in, each with the status that the tus protocol and HTTP name for it."""

from __future__ import annotations

from core.errors import Conflict, Invalid, NotFound, Unavailable


class WrongVersion(Invalid):
    """Another version of the protocol, or none (tus 1.0.0, Tus-Resumable)."""

    http_status, close_code = 412, 4412


class WrongType(Invalid):
    """Not what the protocol sends (tus 1.0.0, PATCH)."""

    http_status, close_code = 415, 4415


class FileTooLarge(Invalid):
    """More than may be taken in."""

    http_status, close_code = 413, 4413


class Busy(Conflict):
    """Another request writes at this moment (RFC 4918 §11.3)."""

    http_status, close_code = 423, 4423


class Gone(NotFound):
    """It was there and comes no more: taken back, or too old."""

    http_status, close_code = 410, 4410


class NoSpace(Unavailable):
    """The disk has no room for it (RFC 4918 §11.5)."""

    http_status, close_code = 507, 4507
