"""Pages of attendance: thin shells."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from conference.domain.program import State
from conference.models import Session
from conference.planning import is_held_elsewhere
from conference.selectors import session_by_id
from people.access import requires
from people.permissions import Action, can
from training.attendance import labels, presenting
from training.attendance.roll import roll_of
from training.attendance.trail import trail_of

PEOPLE_A_PAGE = 100


@require_GET
@requires(Action.ATTENDANCE_READ, on=session_by_id)
def roll(request: HttpRequest, session: Session) -> HttpResponse:
    """Điểm danh: everybody, or every site; while the session runs the page follows it."""
    by_site = request.GET.get("xem") == "diem-cau"
    search, site, status = (request.GET.get(name, "").strip()[:100] for name in ("q", "diem-cau", "trang-thai"))
    choice = presenting.Choice(search, site, status)
    whole = roll_of(session)
    lines = [] if by_site else presenting.person_lines(whole, choice)
    context = {
        "session": session,
        "roll": whole,
        "elsewhere": is_held_elsewhere(session),
        "running": session.state in (State.OPEN, State.LIVE, State.BREAK),
        "required": labels.minutes_text(whole.required_minutes),
        "counts": presenting.counts(whole),
        "by_site": by_site,
        "choice": choice,
        "page": Paginator(lines, PEOPLE_A_PAGE).get_page(request.GET.get("trang")),
        "sites": presenting.site_lines(whole),
        "places": presenting.place_choices(whole),
        "statuses": presenting.status_choices(),
        "may_export": can(request.user, Action.ATTENDANCE_EXPORT, session),
    }
    return render(request, "training/attendance/roll.html", context)


@require_GET
@requires(Action.ATTENDANCE_READ, on=session_by_id)
def trail(request: HttpRequest, session: Session, person_id: str) -> HttpResponse:
    """The evidence behind one line; as a fragment for the roll's dialog, else as a page of its own."""
    found = trail_of(session, person_id)
    context = {"session": session, "trail": found, "line": presenting.person_line(found.row, found.roll)}
    dialog = getattr(request, "htmx", False)
    return render(request, f"training/attendance/{'_trail' if dialog else 'trail'}.html", context)


@require_GET
@requires(Action.ATTENDANCE_EXPORT, on=session_by_id)
def workbook(request: HttpRequest, session: Session) -> HttpResponse:
    """The roll as xlsx, as of now."""
    from training.attendance.workbook import MIME, workbook_of  # here: two thirds of a second of every start

    whole = roll_of(session)
    response = HttpResponse(workbook_of(whole), content_type=MIME)
    name = f"diem-danh-{timezone.localtime(session.planned_start):%Y-%m-%d}-{session.public_id}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
