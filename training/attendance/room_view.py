"""The page on which a room's attendance is taken: who of the roster is there, and how many people in all."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from conference.models import Session
from conference.selectors import session_by_id
from core.clock import now
from core.errors import Invalid
from core.messages import error_text
from core.numbers import whole
from people.access import requires
from people.names import collation_key, person_key
from people.permissions import Action, can
from training.attendance import reading, services
from training.attendance.domain.room import standing
from training.requests import person_of


def _asked(request: HttpRequest) -> str | None:
    """Id of the room that the address or the form names; PostgreSQL takes no NUL."""
    asked = request.POST.get("diem-cau") or request.GET.get("diem-cau")
    return asked.replace("\x00", "") if asked else None


@require_http_methods(["GET", "POST"])
@requires(Action.ATTENDANCE_TAKE, on=session_by_id)
def room(request: HttpRequest, session: Session) -> HttpResponse:
    """Taken by the room's operator, or by those who manage attendance. What was typed stays when something is wrong with it."""
    person = person_of(request)
    site = services.room_of(session, person, _asked(request))
    entries = sorted(services.roster_of(session, site), key=lambda entry: person_key(entry.person.full_name))
    counted = reading.headcounts(session).get(site.pk)
    problem, since = "", "start"
    if request.method == "POST":
        present, typed, since = (
            set(request.POST.getlist("present")),
            request.POST.get("headcount", ""),
            request.POST.get("since", ""),
        )
        try:
            changed = services.take_room(
                session=session,
                site=site,
                present=present,
                whole=since != "now",
                headcount=_number(typed),
                by=person,
                now=now(),
            )
        except Invalid as error:
            problem = error_text(error)
        else:
            text = ngettext("Saved: %(count)s mark changed.", "Saved: %(count)s marks changed.", changed)
            messages.success(request, text % {"count": changed} if changed else gettext("Saved."))
            return redirect(f"{reverse('attendance-room', args=[session.public_id])}?diem-cau={site.public_id}")
    ticks = reading.ticks(session)
    marked = {entry.person.public_id for entry in entries if standing(ticks.get(entry.person_id, [])) is not None}
    if request.method == "GET":
        present, typed = marked, str(counted.count) if counted else ""
    manages = can(person, Action.ATTENDANCE_READ, session)
    context = {
        "session": session,
        "site": site,
        "lines": [(entry, entry.person.public_id in present) for entry in entries],
        "marked": len(marked),
        "uncounted": bool(marked) and not problem and not services.has_connected(session, site),
        "headcount": typed,
        "counted": counted,
        "since": since,
        "problem": problem,
        "most": services.MOST_IN_A_ROOM,
        "manages": manages,
        "sites": sorted(session.conference.sites.all(), key=lambda one: collation_key(one.name)) if manages else [],
    }
    return render(request, "training/attendance/room.html", context, status=422 if problem else 200)


def _number(text: str) -> int | None:
    """The headcount that was typed; None where nothing was."""
    if not text.strip():
        return None
    number = whole(text.strip(), 99_999_999)
    if number is None:
        raise services.bad_headcount()
    return number
