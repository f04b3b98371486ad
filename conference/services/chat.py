"""Chat: everybody's room and the technicians' line."""

from __future__ import annotations

import datetime as dt
import unicodedata

from conference.models import ChatMessage, Seat
from conference.services.change import changing
from core.errors import Invalid, _

_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that are drawn as nothing."""


def _visible(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNPS" and char not in _BLANK


def post(*, session_id: str, by: Seat, room: ChatMessage.Room, text: str, now: dt.datetime) -> ChatMessage:
    """Keep a message and send it to those who may read its room. Invalid for one that says nothing."""
    said = text.replace("\x00", "").strip()  # PostgreSQL takes no NUL
    if not any(map(_visible, said)):
        raise Invalid("chat.empty", _("Write something before sending."))
    with changing(session_id, now=now) as change:
        message = ChatMessage.objects.create(session=change.session, seat=by, room=room, text=said, at=now)
        change.chat(message)
        return message
