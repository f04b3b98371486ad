"""Encoders and players that take a seat over HTTP (WHIP, WHEP): their keys, and what their coming and going does to the seat.

They hold the seat as a page does, under the name :data:`HOLDER`: the encoder and the player of one place share it. Their
heartbeats are the media node's: while it hears of the peer, the lease is prolonged.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import Q

from conference.domain.program import State
from conference.models import Seat, Session, StreamKey
from conference.services import seats
from conference.services.change import changing
from conference.signals import seat_joined
from core.clock import to_ms
from core.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn, _
from core.ids import new_id
from media.plane import Direction
from people.models import User
from people.permissions import MATRIX, Action, Role, can

log = structlog.get_logger(__name__)

HOLDER = "stream"
KEYS_A_SESSION = 200
WAY: dict[str, Direction] = {StreamKey.Kind.WHIP: "up", StreamKey.Kind.WHEP: "down"}


@dataclass(frozen=True)
class Admitted:
    """A device that may begin: ``peer`` and ``session`` as the media plane names them."""

    key: StreamKey
    session: str
    peer: str
    came: bool
    """The seat was empty before."""


def may_send(seat: Seat) -> bool:
    """Whether whoever sits there may be heard and seen at all."""
    return Action.MEDIA_PUBLISH in MATRIX[Role(seat.role)]


def may_go_on(seat: Seat, kind: str) -> bool:
    """Whether a device may use the seat so: a person's only while that person might."""
    if seat.person is None:
        return kind != StreamKey.Kind.WHIP or may_send(seat)
    action = Action.MEDIA_PUBLISH if kind == StreamKey.Kind.WHIP else Action.SESSION_JOIN
    return can(seat.person, action, seat.session)


def make_key(*, session_id: str, seat_id: str, kind: str, by: User, now: dt.datetime) -> tuple[StreamKey, str]:
    """A new key for a seat, and its token, which is kept nowhere. Raises NotFound, Invalid, Conflict."""
    with changing(session_id, now=now) as change:
        seats.seat_everybody(change)
        seat = change.session.seats.filter(public_id=seat_id).first()
        if seat is None or kind not in StreamKey.Kind.values:
            raise NotFound("seat.not_found", _("This place does not exist in the session."))
        if kind == StreamKey.Kind.WHIP and not may_send(seat):
            raise Invalid("stream.only_watches", _("This place may only watch and listen, so no encoder can send for it."))
        if StreamKey.objects.filter(seat__session=change.session, revoked_at=None).count() >= KEYS_A_SESSION:
            raise Conflict("stream.too_many_keys", _("The session has very many keys. Revoke those that are not needed."))
        token = secrets.token_urlsafe(32)
        key = StreamKey.objects.create(seat=seat, kind=kind, digest=_digest(token), made_by=by, made_at=now)
    log.info("stream.key_made", key=key.public_id, kind=kind, session=session_id, seat=seat.public_id, by=by.public_id)
    return key, token


def revoke_key(*, session: Session, key_id: str, by: User, now: dt.datetime) -> StreamKey:
    """Take a key back. What runs by it is to be dropped by the caller. Raises NotFound."""
    key = StreamKey.objects.select_related("seat").filter(seat__session=session, public_id=key_id).first()
    if key is None:
        raise NotFound("stream.no_key", _("This key does not exist."))
    StreamKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
    log.info("stream.key_revoked", key=key.public_id, session=session.public_id, by=by.public_id)
    return key


def authenticate(*, kind: str, key_id: str, token: str) -> StreamKey:
    """The key, where the token is its own, it was not revoked, and its seat may still be used so. Raises NotSignedIn, always the
    same."""
    related = ("seat", "seat__person", "seat__session__conference")
    found = StreamKey.objects.select_related(*related).filter(public_id=key_id, kind=kind).first()
    known = found is not None and hmac.compare_digest(found.digest, _digest(token)) and found.revoked_at is None
    if found is None or not known or not may_go_on(found.seat, kind):
        raise NotSignedIn("stream.bad_token", _("The key of this device is wrong or was revoked. Ask the technicians."))
    return found


def admit(*, key: StreamKey, now: dt.datetime) -> Admitted:
    """Take the seat for the device, that :func:`began` or :func:`ended` must follow. Raises Conflict where the session does not
    run, or a page holds the seat."""
    session_id = key.seat.session.public_id
    with changing(session_id, now=now) as change:
        seat = change.session.seats.select_related("person").get(pk=key.seat.pk)
        if change.program.state not in (State.OPEN, State.LIVE, State.BREAK):
            raise Conflict("stream.not_running", _("The session is not open now."))
        if not may_go_on(seat, key.kind):
            raise NotAllowed
        if seat.online and seat.holder_page != HOLDER:
            raise Conflict("seat.occupied", _("This seat is open in another window. You can move it to this window."))
        came = not seat.online
        seat.holder_page, seat.connection, seat.lease_until, seat.online = HOLDER, HOLDER, now + seats.LEASE, True
        seat.save(update_fields=["holder_page", "connection", "lease_until", "online"])
        if came:
            change.seats(seat)
    return Admitted(key, session_id, seat.public_id, came)


@transaction.atomic
def began(*, admitted: Admitted, now: dt.datetime) -> str:
    """The node has answered: only now somebody has come, as what was refused is evidence of nobody. Gives the connection's
    name."""
    key, resource = admitted.key, new_id()
    if admitted.came:
        seat_joined.send(sender=Session, seat=key.seat, page=HOLDER, at=now)
    StreamKey.objects.filter(seat_id=key.seat_id, kind=key.kind).exclude(pk=key.pk).update(resource="")
    StreamKey.objects.filter(pk=key.pk).update(resource=resource, used_at=now)
    log.info("stream.began", key=key.public_id, kind=key.kind)
    return resource


def ended(*, session_id: str, seat_id: str, kind: str, now: dt.datetime) -> None:
    """A device's connection is over. The seat becomes empty where none of its others runs. Does nothing for a page's seat."""
    seat = Seat.objects.filter(session__public_id=session_id, public_id=seat_id, connection=HOLDER).first()
    if seat is None:
        return
    seat.stream_keys.filter(kind=kind).exclude(resource="").update(resource="")
    log.info("stream.ended", seat=seat_id, kind=kind)
    if not seat.stream_keys.exclude(resource="").exists():
        seats.leave_seat(session_id=session_id, seat=seat, connection=HOLDER, now=now)


def prolong(*, heard: Collection[tuple[str, str]], now: dt.datetime) -> list[tuple[str, str, Direction]]:
    """The node has lately heard of these (session, seat): prolong the leases of those that devices hold, and note evidence. Gives
    the connections that may not go on: session, seat, direction."""
    held = Seat.objects.filter(connection=HOLDER, online=True).select_related("session__conference", "person")
    soon = Q(lease_until__lt=now + seats.LEASE - seats.HEARTBEAT)  # evidence as often as a page gives it
    due = [seat for seat in held.filter(soon) if (seat.session.public_id, seat.public_id) in heard]
    lost = [(seat, kind) for seat in due for kind in _not_any_more(seat)]
    for seat, kind in lost:
        ended(session_id=seat.session.public_id, seat_id=seat.public_id, kind=kind, now=now)
    said = [
        seats.Beat(seat, page=HOLDER, connection=HOLDER, number=to_ms(now), client_ms=None, media_flowing=True) for seat in due
    ]
    if said:
        seats.heartbeats(said, now=now)  # of those that are empty by now it takes none
    return [(seat.session.public_id, seat.public_id, WAY[kind]) for seat, kind in lost]


def _not_any_more(seat: Seat) -> list[str]:
    """Kinds of the keys by which something runs there though it may not."""
    running = seat.stream_keys.exclude(resource="").values_list("kind", "revoked_at")
    return [kind for kind, revoked_at in running if revoked_at is not None or not may_go_on(seat, kind)]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
