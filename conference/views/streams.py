"""The keys of a session's encoders and players: made, shown once, revoked."""

from __future__ import annotations

from typing import cast

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conference import live
from conference.models import Session, StreamKey
from conference.selectors import session_by_id
from conference.services import streams
from core.clock import now
from core.errors import Conflict, Invalid, NotFound
from core.messages import error_text
from people.access import requires
from people.models import User
from people.permissions import Action

_MADE = "stream_key_made"
"""In the person's web session, between making a key and showing it."""
_THIS_MACHINE = {"localhost", "127.0.0.1", "[::1]"}


@requires(Action.STREAM_KEYS, on=session_by_id)
def page(request: HttpRequest, session: Session) -> HttpResponse:
    """Which keys there are, a form for a new one, and the new one with its token, for this one time. By POST it is made: loading
    the page again makes no other."""
    if request.method == "POST":
        return _make(request, session)
    keys = list(StreamKey.objects.filter(seat__session=session, revoked_at=None).select_related("seat", "made_by"))
    made_id, token = request.session.pop(_MADE, ("", ""))
    made = next((key for key in keys if key.public_id == made_id), None)
    seats = session.seats.order_by("name")
    context = {
        "session": session,
        "conference": session.conference,
        "keys": keys,
        "made": made,
        "token": token,
        "address": request.build_absolute_uri(reverse(f"{made.kind}-endpoint", args=[made.public_id])) if made else "",
        "only_here": split_domain_port(request.get_host())[0] in _THIS_MACHINE,
        "places": [(_("Sites"), seats.exclude(site=None)), (_("People who join alone"), seats.filter(site=None))],
        "kinds": StreamKey.Kind.choices,
    }
    response = render(request, "conference/streams.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _make(request: HttpRequest, session: Session) -> HttpResponse:
    seat, kind = request.POST.get("seat", ""), request.POST.get("kind", "")
    try:
        by = cast(User, request.user)
        key, token = streams.make_key(session_id=session.public_id, seat_id=seat, kind=kind, by=by, now=now())
    except (Conflict, Invalid, NotFound) as error:
        messages.error(request, error_text(error))
    else:
        request.session[_MADE] = (key.public_id, token)
    return redirect("session-streams", session_id=session.public_id)


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
