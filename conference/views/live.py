"""The two live pages of a session, the room and the console; ``web/src/room`` and ``web/src/console`` draw them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from conference import onward
from conference.domain.program import State
from conference.models import Session
from conference.recording import is_completing, recording_view
from conference.selectors import session_by_id
from people.access import requires
from people.permissions import Action, can


@requires(Action.SESSION_JOIN, on=session_by_id)
def room(request: HttpRequest, session: Session) -> HttpResponse:
    """Where one takes part."""
    return _live_page(request, session, "room")


@requires(Action.SESSION_OPERATE, on=session_by_id)
def console(request: HttpRequest, session: Session) -> HttpResponse:
    """Where the session is run from."""
    return _live_page(request, session, "console")


def _live_page(request: HttpRequest, session: Session, surface: str) -> HttpResponse:
    if session.state == State.ENDED:  # no camera is opened for what is over
        recording = recording_view(session)
        context = {
            "session": session,
            "recording": recording,
            "completing": is_completing(session, recording),
            "module_url": onward.module_url(session),
        }
        return render(request, "conference/ended.html", context)
    operates = can(request.user, Action.SESSION_OPERATE, session)
    config = {
        "session": session.public_id,
        "wsUrl": f"/ws/session/{session.public_id}/",
        "language": get_language(),
        "title": session.title,
        "conference": session.conference.title,
        "homeUrl": reverse("home"),
        "sessionUrl": reverse("session", args=[session.public_id]),
        "roomUrl": reverse("room", args=[session.public_id]),
        "consoleUrl": reverse("console", args=[session.public_id]) if operates else None,
        "watchUrl": onward.replay_url(session),
        "signInUrl": f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}",
    }
    return render(
        request,
        "conference/live.html",
        {
            "session": session,
            "surface": surface,
            "config_id": f"{surface}-config",
            "bundle": f"src/{surface}/main.tsx",
            "config": config,
        },
    )
