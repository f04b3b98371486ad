"""Chat: everybody's room and the technicians' line."""

from __future__ import annotations

import datetime as dt

from conference.models import ChatMessage, Seat
from conference.services.change import changing
from core.errors import Invalid, _


def post(*, session_id: str, by: Seat, room: ChatMessage.Room, text: str, now: dt.datetime) -> ChatMessage:
    """Keep a message and send it to those who may read its room. Invalid for one that says nothing."""
    said = text.replace("\x00", "").strip()  # PostgreSQL takes no NUL
    if not said:
        raise Invalid("chat.empty", _("Write something before sending."))
    with changing(session_id, now=now) as change:
        message = ChatMessage.objects.create(session=change.session, seat=by, room=room, text=said, at=now)
        change.chat(message)
        return message
