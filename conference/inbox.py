"""From a WebSocket frame to a command, or to a clear error. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import ValidationError

from conference.protocol import MAX_MESSAGE_BYTES, Command, command_adapter
from core.errors import Invalid, _

_REF = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Garbage(Invalid):
    """What came is no command. ``ref`` is the one that it carried, where that could be made out."""

    def __init__(self, code: str, message: str, ref: str | None = None) -> None:
        super().__init__(code, message)
        self.ref = ref


def parse(text: str | None) -> Command:
    """The command in a text frame (None: it was a binary one).

    Raises :class:`Garbage`: ``protocol.not_text``, ``protocol.too_large``, ``protocol.bad_json``, ``protocol.unknown_type`` or
    ``protocol.bad_message``.
    """
    if text is None:
        raise Garbage("protocol.not_text", _("The page sent something that the server does not understand. Reload the page."))
    if len(text) > MAX_MESSAGE_BYTES or len(text.encode()) > MAX_MESSAGE_BYTES:
        raise Garbage("protocol.too_large", _("The message is too large."))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Garbage(
            "protocol.bad_json", _("The page sent something that the server does not understand. Reload the page.")
        ) from None
    ref = _ref_of(data)
    try:
        return command_adapter.validate_python(data)
    except ValidationError as error:
        kinds = {detail["type"] for detail in error.errors(include_url=False, include_input=False, include_context=False)}
    if kinds & {"union_tag_invalid", "union_tag_not_found"} or not isinstance(data, dict):
        raise Garbage("protocol.unknown_type", _("This page is of another version than the server. Reload the page."), ref)
    raise Garbage("protocol.bad_message", _("The command is incomplete or holds a value that is not possible."), ref)


def _ref_of(data: Any) -> str | None:
    ref = data.get("ref") if isinstance(data, dict) else None
    return ref if isinstance(ref, str) and _REF.fullmatch(ref) else None
