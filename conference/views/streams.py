"""The keys of a session's encoders and players: made, shown once, revoked."""

from __future__ import annotations

from typing import cast

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conference import live
from conference.models import Session, StreamKey
from conference.selectors import session_by_id
from conference.services import streams
from core.clock import now
from people.access import requires
from people.models import User
from people.permissions import Action


@requires(Action.STREAM_KEYS, on=session_by_id)
def page(request: HttpRequest, session: Session) -> HttpResponse:
    """Which keys there are, and a form for a new one; by POST the new one, with its token for this one time."""
    made: dict[str, str] | None = None
    if request.method == "POST":
        key, token = streams.make_key(
            session_id=session.public_id,
            seat_id=request.POST.get("seat", ""),
            kind=request.POST.get("kind", ""),
            by=cast(User, request.user),
            now=now(),
        )
        address = request.build_absolute_uri(reverse(f"{key.kind}-endpoint", args=[key.public_id]))
        made = {"address": address, "token": token, "seat": key.seat.name, "kind": key.get_kind_display()}
    keys = StreamKey.objects.filter(seat__session=session, revoked_at=None).select_related("seat", "made_by")
    context = {
        "session": session,
        "conference": session.conference,
        "keys": keys,
        "made": made,
        "seats": session.seats.order_by("site", "name"),
        "kinds": StreamKey.Kind.choices,
    }
    response = render(request, "conference/streams.html", context)
    response["Cache-Control"] = "no-store"
    return response


@requires(Action.STREAM_KEYS, on=session_by_id)
@require_POST
def revoke(request: HttpRequest, session: Session, key_id: str) -> HttpResponse:
    """Take a key back; what runs by it ends at once."""
    key = streams.revoke_key(session=session, key_id=key_id, by=cast(User, request.user), now=now())
    if key.resource:
        async_to_sync(_end)(session.public_id, key)
    messages.success(request, _("The key has been revoked."))
    return redirect("session-streams", session_id=session.public_id)


async def _end(session_id: str, key: StreamKey) -> None:
    # The node tells when it is over; the seat then becomes empty.
    await live.current().plane.drop(session_id, key.seat.public_id, streams.WAY[key.kind])
