"""What travels between web processes for a session: one group a session, one message type, ``push``.

A message holds the text that pages get, made once however many listen. It may name an action (``needs``): pages whose seat may
not do it get ``otherwise``. Presence travels as ``seats``, of which each process makes the text (:mod:`conference.gathering`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, NotRequired, TypedDict

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from conference import metrics
from conference.database import aside
from conference.protocol import Event, SeatView
from people.permissions import Action

log = structlog.get_logger(__name__)

PUSH = "push"


class Push(TypedDict):
    """A message of the channel layer, as consumers read it."""

    type: str
    seq: NotRequired[int]
    text: NotRequired[str]
    seats: NotRequired[list[dict[str, Any]]]
    """:class:`conference.protocol.SeatView` of each, in JSON's words."""
    needs: NotRequired[str]
    otherwise: NotRequired[str]
    taken_seat: NotRequired[str]
    taken_by: NotRequired[str]
    """Id of the connection that sits there now."""
    taken_page: NotRequired[str]
    doubted: NotRequired[int]
    """Key of a person whose rights may have changed."""


def session_group(session_id: str) -> str:
    """Name of the group of a session: each web process that has pages of it listens once (:mod:`conference.feed`)."""
    return f"session.{session_id}"


def publish(session_id: str, event: Event, *, needs: Action | None = None, otherwise: Event | None = None) -> None:
    """Send ``event`` to the session's pages once the transaction is committed. What gets lost on the way is healed by the
    pages' gap rule and :class:`conference.live.Live`."""
    message: Push = {"type": PUSH, "seq": event.seq, "text": event.model_dump_json()}
    if needs is not None and otherwise is not None:
        message["needs"], message["otherwise"] = needs.value, otherwise.model_dump_json()
    _on_commit(session_id, message)


def publish_seats(session_id: str, seq: int, seats: Iterable[SeatView]) -> None:
    """Event ``seq``: these seats are now as said. The same promise as :func:`publish`; pages may be told a little later."""
    _on_commit(session_id, {"type": PUSH, "seq": seq, "seats": [seat.model_dump(mode="json") for seat in seats]})


def publish_taken(session_id: str, *, seat: str, connection: str, page: str) -> None:
    """Tell whoever else speaks for ``seat`` that ``connection`` of ``page`` does now."""
    _on_commit(session_id, {"type": PUSH, "taken_seat": seat, "taken_by": connection, "taken_page": page})


def publish_doubt(session_id: str, *, person: int) -> None:
    """The rights of ``person`` may have changed: their pages look anew at once, and by the clock where this gets lost."""
    _on_commit(session_id, {"type": PUSH, "doubted": person})


def _on_commit(session_id: str, message: Push) -> None:
    def send() -> None:
        if not aside(partial(_send, session_id, message)):
            async_to_sync(_send)(session_id, message)

    transaction.on_commit(send, robust=True)


async def _send(session_id: str, message: Push) -> None:
    layer: Any = get_channel_layer()
    metrics.EVENTS.inc()
    try:
        with metrics.EVENT_SECONDS.time():
            await layer.group_send(session_group(session_id), message)
    except OSError as error:  # the layer's server is away: the command stands, pages will be given a new snapshot
        metrics.EVENTS_LOST.inc()
        log.warning("session.push_lost", session=session_id, cause=type(error).__name__)
