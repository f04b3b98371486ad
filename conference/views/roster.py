"""Who is summoned to a session, in which role and room."""

from __future__ import annotations

from typing import cast

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conference import live, planning
from conference.forms import SummonForm
from conference.labels import ROLE_LABELS
from conference.models import Session
from conference.selectors import session_by_id
from conference.services import planning as plan
from conference.services import seats
from core.clock import now
from core.errors import NotAllowed, NotFound
from core.errors import _ as _msgid
from core.messages import error_text
from media.plane import Direction
from people.access import requires
from people.models import User
from people.permissions import Action, Role

PEOPLE_A_PAGE = 50


@requires(Action.CONFERENCE_MANAGE, on=session_by_id)
def page(request: HttpRequest, session: Session) -> HttpResponse:
    """The roster, and a search for those who are still to be summoned."""
    search, role, find = (request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in ("q", "vai", "tim"))
    role = role if role in {known.value for known in Role} else ""
    entries = planning.roster(session, search=search, role=role)
    context = {
        "session": session,
        "conference": session.conference,
        "page": Paginator(entries, PEOPLE_A_PAGE).get_page(request.GET.get("trang")),
        "labels": {role.value: label for role, label in ROLE_LABELS.items()},
        "roles": [(role.value, label) for role, label in ROLE_LABELS.items()],
        "search": search,
        "role": role,
        "find": find,
        "found": planning.people_to_summon(session, find),
        "form": SummonForm(session=session),
    }
    return render(request, "conference/roster.html", context)


@requires(Action.CONFERENCE_MANAGE, on=session_by_id)
@require_POST
def summon(request: HttpRequest, session: Session) -> HttpResponse:
    form = SummonForm(request.POST, session=session)
    if form.is_valid():
        person = form.cleaned_data["person"]
        try:
            plan.summon(
                session_id=session.public_id,
                by=cast(User, request.user),
                person=person,
                role=Role(form.cleaned_data["role"]),
                site=form.cleaned_data["site"],
                now=now(),
            )
        except NotAllowed as error:
            messages.error(request, error_text(error))
        else:
            _close_media(session, person)
            messages.success(request, _("%(name)s has been summoned.") % {"name": person.full_name})
    else:
        problems = [str(problem) for errors in form.errors.values() for problem in errors]
        messages.error(request, " ".join(problems))
    return redirect("session-roster", session_id=session.public_id)


def _close_media(session: Session, person: User) -> None:
    """Have the node close what the person may not send or receive any more."""
    lost = seats.media_lost(session=session, person=person)
    if lost is not None:
        async_to_sync(_drop)(session.public_id, *lost)


async def _drop(session_id: str, seat: str, direction: Direction | None) -> None:
    await live.current().drop(session_id, seat, direction)


@requires(Action.CONFERENCE_MANAGE, on=session_by_id)
@require_POST
def dismiss(request: HttpRequest, session: Session, person_id: str) -> HttpResponse:
    person = User.objects.filter(public_id=person_id).first()
    if person is None:
        raise NotFound("people.not_found", _msgid("This person does not exist."))
    try:
        plan.dismiss(session_id=session.public_id, by=cast(User, request.user), person=person, now=now())
    except NotAllowed as error:
        messages.error(request, error_text(error))
    else:
        _close_media(session, person)
        messages.success(request, _("%(name)s is no longer on the list.") % {"name": person.full_name})
    return redirect("session-roster", session_id=session.public_id)
