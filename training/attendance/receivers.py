"""What the conference tells, kept as evidence, inside the conference's transaction: a seat and its evidence stay together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from conference.models import Seat
from conference.services.seats import Beat
from conference.signals import seat_heartbeats, seat_joined, seat_left
from core.clock import from_ms, to_ms
from training.attendance.domain.connection import Kind
from training.attendance.models import Evidence

_YEAR_2100_MS = 4_102_444_800_000
_SPACING = dt.timedelta(seconds=5)


@receiver(seat_joined, dispatch_uid="attendance.joined")
def on_joined(seat: Seat, page: str, at: dt.datetime, **_: Any) -> None:
    """A page took the seat. The moment numbers it: one seat is taken once in a millisecond."""
    _keep(_evidence(Kind.JOIN, seat, at=at, device=f"{seat.public_id}/join", seq=to_ms(at), payload={"page": page}))


@receiver(seat_heartbeats, dispatch_uid="attendance.heartbeats")
def on_heartbeats(beats: Sequence[Beat], at: dt.datetime, **_: Any) -> None:
    """Pages said that they are there. Each numbers its heartbeats anew on every connection.

    Evidence is kept for good, so a page that says it all the time is taken at its word once in :data:`_SPACING`.
    """
    said = Evidence.objects.filter(
        kind=Kind.HEARTBEAT,
        session_id__in={beat.seat.session_id for beat in beats},
        seat__in={beat.seat.pk for beat in beats},
        server_at__gt=at - _SPACING,
        server_at__lte=at,
    )
    lately = set(said.values_list("seat_id", flat=True))
    _keep(*(_beat(beat, at) for beat in beats if beat.seat.pk not in lately))


def _beat(beat: Beat, at: dt.datetime) -> Evidence:
    client_ms = beat.client_ms
    return _evidence(
        Kind.HEARTBEAT,
        beat.seat,
        at=at,
        device=f"{beat.seat.public_id}/{beat.connection}",
        seq=beat.number,
        payload={"media": beat.media_flowing},
        # A wrong clock may be wrong by any amount; what no calendar holds is left out.
        client_at=from_ms(client_ms) if client_ms is not None and 0 <= client_ms < _YEAR_2100_MS else None,
    )


@receiver(seat_left, dispatch_uid="attendance.left")
def on_left(seat: Seat, page: str, at: dt.datetime, reason: str, **_: Any) -> None:
    """The seat became empty: the page left, its lease ran out (``lost``), or another page took the seat (``taken``)."""
    device = f"{seat.public_id}/leave"
    payload: dict[str, object] = {"page": page, "reason": reason}
    _keep(_evidence(Kind.LEAVE, seat, at=at, device=device, seq=to_ms(at), payload=payload))


def _evidence(
    kind: Kind,
    seat: Seat,
    *,
    at: dt.datetime,
    device: str,
    seq: int,
    payload: dict[str, object],
    client_at: dt.datetime | None = None,
) -> Evidence:
    return Evidence(
        session_id=seat.session_id,
        kind=kind,
        seat=seat,
        site_id=seat.site_id,
        person_id=seat.person_id,
        device=device,
        seq=seq,
        server_at=at,
        client_at=client_at,
        payload=payload,
    )


def _keep(*observed: Evidence) -> None:
    """Insert those observations that are not known already."""
    Evidence.objects.bulk_create(observed, ignore_conflicts=True)
