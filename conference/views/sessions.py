"""A session's page, and its plan."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from conference import onward, planning, uploads
from conference.domain.program import Program, State
from conference.forms import DeckForm, SessionForm
from conference.keeping import notices
from conference.labels import ROLE_LABELS, STATE_TONES
from conference.models import Conference, Session
from conference.recording import broadcast_url, is_completing, recording_view
from conference.selectors import conference_by_id, session_by_id
from conference.services import planning as plan
from core.clock import now
from core.errors import Conflict
from core.messages import error_text
from media.keeping.selectors import deleted_at
from people.access import requires
from people.models import User
from people.permissions import Action, Role, can


@requires(Action.SESSION_JOIN, on=session_by_id)
def page(request: HttpRequest, session: Session) -> HttpResponse:
    """When, where, who, what is shown, and the way in."""
    user = cast(User, request.user)
    role = session.role_of(user)
    recording = recording_view(session)
    program = Program.load(session.program)
    ended = session.state == State.ENDED
    context = {
        "session": session,
        "conference": session.conference,
        "ends_at": planning.ends_at(session),
        "role": ROLE_LABELS[Role(role)] if role else None,
        "own_site": planning.own_site(session, user),
        "may_enter": planning.may_enter(session),
        "agenda": session.agenda.select_related("presenter"),
        "running_item": program.agenda_item,
        "done_items": program.agenda_done,
        "lines": planning.site_lines(session),
        "leading": [(entry, ROLE_LABELS[Role(entry.role)]) for entry in planning.leading_people(session)],
        "counts": planning.role_counts(session),
        "summoned": session.roster.count(),
        "decks": session.conference.decks.order_by("created_at", "id"),
        "deck_form": DeckForm(),
        "recording": recording,
        "completing": is_completing(session, recording),
        "broadcast_url": broadcast_url(session),
        "recording_deleted_at": deleted_at(session.recording_id),
        "notices": notices(user, Session.objects.filter(pk=session.pk)),
        "may_add_recording": can(user, Action.RECORDING_MANAGE, session) and not uploads.refusal(session),
        "module_url": onward.module_url(session),
        "further": onward.further(session, user),
        "may_manage": can(user, Action.CONFERENCE_MANAGE, session),
        "may_plan": can(user, Action.CONFERENCE_MANAGE, session) and not ended,
        "may_operate": can(user, Action.SESSION_OPERATE, session),
        "may_connect": can(user, Action.STREAM_KEYS, session) and planning.may_enter(session),
        "may_upload": can(user, Action.CONTENT_MANAGE, session) and not ended,
        **state_of(session),
    }
    return render(request, "conference/session.html", context)


def state_of(session: Session) -> dict[str, object]:
    """A session's state in words and colour."""
    state = State(session.state)
    return {"state": planning.state_label(session), "tone": STATE_TONES[state], "on_now": state in planning.RUNNING}


@requires(Action.SESSION_JOIN, on=session_by_id)
def status(request: HttpRequest, session: Session) -> HttpResponse:
    """The part of the page that follows a running session: its state, and which sites are connected."""
    context = {"session": session, "lines": planning.site_lines(session), **state_of(session)}
    return render(request, "conference/parts/sites.html", context)


@requires(Action.CONFERENCE_MANAGE, on=conference_by_id)
def create(request: HttpRequest, conference: Conference) -> HttpResponse:
    last = conference.sessions.order_by("-planned_start").first()
    form = SessionForm(request.POST or None, conference=conference, initial={"like": last})
    if request.method == "POST" and form.is_valid():
        session = plan.create_session(conference=conference, by=cast(User, request.user), **form.cleaned_data)
        if session.held_elsewhere:
            messages.success(request, _("The session has been created. Now add its recording."))
            return redirect("session", session_id=session.public_id)
        messages.success(request, _("The session has been created. Now its agenda."))
        return redirect("session-agenda", session_id=session.public_id)
    context = {"form": form, "conference": conference, "session": None}
    return render(request, "conference/session_form.html", context, status=422 if form.errors else 200)


@requires(Action.CONFERENCE_MANAGE, on=session_by_id)
def edit(request: HttpRequest, session: Session) -> HttpResponse:
    initial = {
        "title": session.title,
        "planned_start": timezone.localtime(session.planned_start),
        "planned_minutes": session.planned_minutes,
        "rehearsal": session.rehearsal,
        "held_elsewhere": session.held_elsewhere,
    }
    form = SessionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            plan.update_session(session_id=session.public_id, now=now(), **form.cleaned_data)
        except Conflict as error:
            form.add_error(None, error_text(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("session", session_id=session.public_id)
    context = {"form": form, "conference": session.conference, "session": session}
    return render(request, "conference/session_form.html", context, status=422 if form.errors else 200)
