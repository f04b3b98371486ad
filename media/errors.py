"""What the media plane tells a person, by stable code."""

from __future__ import annotations

from core.errors import DiemcauError, Invalid, NotFound, TooMany, Unavailable, _


def unavailable() -> Unavailable:
    """The node does not answer."""
    return Unavailable(
        "media.unavailable", _("The media server is not answering. The session goes on; please try again in a moment.")
    )


def bad_sdp() -> Invalid:
    """The page's session description cannot be used."""
    return Invalid(
        "media.bad_sdp", _("This browser's media connection could not be understood. Reload the page or use another browser.")
    )


def unknown_peer() -> NotFound:
    """An answer came for a connection that the node does not (any more) have."""
    return NotFound("media.unknown_peer", _("The media connection has ended meanwhile. The page will connect again."))


def full() -> TooMany:
    """The node has as many connections as it may have."""
    return TooMany("media.full", _("The media server has no room for another connection. Please tell the technicians."))


_BY_CODE = {error().code: error for error in (unavailable, bad_sdp, unknown_peer, full)}


def from_code(code: str) -> DiemcauError:
    """The error that a node named; :func:`unavailable` for a code that is not known here."""
    return _BY_CODE.get(code, unavailable)()
