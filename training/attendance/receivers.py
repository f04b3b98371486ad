"""What the conference tells, kept as evidence, inside the conference's transaction: a seat and its evidence stay together."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.dispatch import receiver

from conference.models import Seat
from conference.signals import seat_heartbeat, seat_joined, seat_left
from core.clock import from_ms, to_ms
from training.attendance.domain.connection import Kind
from training.attendance.models import Evidence

_YEAR_2100_MS = 4_102_444_800_000
_SPACING = dt.timedelta(seconds=5)


@receiver(seat_joined, dispatch_uid="attendance.joined")
def on_joined(seat: Seat, page: str, at: dt.datetime, **_: Any) -> None:
    """A page took the seat. The moment numbers it: one seat is taken once in a millisecond."""
    _keep(Kind.JOIN, seat, at=at, device=f"{seat.public_id}/join", seq=to_ms(at), payload={"page": page})


@receiver(seat_heartbeat, dispatch_uid="attendance.heartbeat")
def on_heartbeat(
    seat: Seat, page: str, number: int, at: dt.datetime, client_ms: int | None, media_flowing: bool, **_: Any
) -> None:
    """A page said that it is there. It numbers its heartbeats anew on every connection.

    Evidence is kept for good, so a page that says it all the time is taken at its word once in :data:`_SPACING`.
    """
    said = Evidence.objects.filter(session_id=seat.session_id, seat=seat, server_at__gt=at - _SPACING, server_at__lte=at)
    if said.filter(kind=Kind.HEARTBEAT).exists():
        return
    _keep(
        Kind.HEARTBEAT,
        seat,
        at=at,
        device=f"{seat.public_id}/{seat.connection or page}",
        seq=number,
        payload={"media": media_flowing},
        # A wrong clock may be wrong by any amount; what no calendar holds is left out.
        client_at=from_ms(client_ms) if client_ms is not None and 0 <= client_ms < _YEAR_2100_MS else None,
    )


@receiver(seat_left, dispatch_uid="attendance.left")
def on_left(seat: Seat, page: str, at: dt.datetime, reason: str, **_: Any) -> None:
    """The seat became empty: the page left, its lease ran out (``lost``), or another page took the seat (``taken``)."""
    device = f"{seat.public_id}/leave"
    _keep(Kind.LEAVE, seat, at=at, device=device, seq=to_ms(at), payload={"page": page, "reason": reason})


def _keep(
    kind: Kind,
    seat: Seat,
    *,
    at: dt.datetime,
    device: str,
    seq: int,
    payload: dict[str, object],
    client_at: dt.datetime | None = None,
) -> None:
    """Insert unless this observation is known already."""
    Evidence.objects.bulk_create(
        [
            Evidence(
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
        ],
        ignore_conflicts=True,
    )
