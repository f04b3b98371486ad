"""The one error tree: a stable code, a translated text, and where the error may travel.

A user never sees ``str(exception)``: they see :func:`core.messages.error_text`, which translates :attr:`DiemcauError.message`
(it says what happened and what to do). :attr:`DiemcauError.code` never changes once published. No framework is imported here, so
that domain code may raise these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


def _(message: str) -> str:
    """Mark a message for translation; the shell that shows it translates it."""
    return message


class DiemcauError(Exception):
    """Base of all errors that a person may be told about.

    ``http_status`` and ``close_code`` (WebSocket, RFC 6455 §7.4.2 private range) belong to the class; ``code`` and the text
    belong to the instance. ``fields`` are safe details for logs and forms, never secrets.
    """

    http_status: ClassVar[int] = 400
    close_code: ClassVar[int] = 4400
    to_strangers: ClassVar[bool] = False
    """Met by people who have no account here: they are shown no way to pages of their own, and no code for support."""

    def __init__(self, code: str, message: str, **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        """English msgid; may hold ``%(name)s`` of ``fields``."""
        self.fields: Mapping[str, object] = fields


class Invalid(DiemcauError):
    """What was sent cannot be understood or is not acceptable; sending it again unchanged will not help."""

    http_status, close_code = 422, 4422


class NotAllowed(DiemcauError):
    """The actor is known but may not do this."""

    http_status, close_code = 403, 4403

    def __init__(
        self, code: str = "core.not_allowed", message: str = _("You do not have permission to do this."), **fields: object
    ) -> None:
        super().__init__(code, message, **fields)


class NotSignedIn(DiemcauError):
    """There is no valid login (any more)."""

    http_status, close_code = 401, 4401

    def __init__(
        self,
        code: str = "core.not_signed_in",
        message: str = _("Your sign-in has expired. Sign in again to continue."),
        **fields: object,
    ) -> None:
        super().__init__(code, message, **fields)


class NotFound(DiemcauError):
    """There is no such thing, or the actor may not know of it."""

    http_status, close_code = 404, 4404

    def __init__(
        self, code: str = "core.not_found", message: str = _("This page or item does not exist."), **fields: object
    ) -> None:
        super().__init__(code, message, **fields)


class Conflict(DiemcauError):
    """The state changed meanwhile, or the state does not allow this step."""

    http_status, close_code = 409, 4409


class TooMany(DiemcauError):
    """A rate or size limit was reached; later it may work."""

    http_status, close_code = 429, 4429


class Unavailable(DiemcauError):
    """A part of the system does not answer now (media node, disk, worker)."""

    http_status, close_code = 503, 4503
