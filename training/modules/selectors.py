"""Reading modules: which ones a person learns in, and how far they are, step by step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conference.domain.program import State as SessionState
from conference.models import Session
from conference.planning import is_held_elsewhere
from conference.recording import is_completing, recording_view
from core.errors import NotFound
from people.models import User
from people.permissions import Action, can
from training.attendance.selectors import presence_ratio
from training.models import Activity, Attempt, Module
from training.modules.domain import activities
from training.modules.domain.activities import Kind, Presence, Progress, Status
from training.quiz import selectors as quizzes
from training.quiz.domain.review import Show
from training.quiz.presenting import visible_in
from training.replay.selectors import Viewing, viewing_of


def module_of(public_id: str) -> Module:
    """Raises NotFound."""
    module = Module.objects.select_related("programme").filter(public_id=public_id).first()
    if module is None:
        raise NotFound
    return module


def activity_of(public_id: str) -> Activity:
    """Raises NotFound."""
    rows = Activity.objects.select_related("module__programme", "session", "quiz")
    activity = rows.filter(public_id=public_id).first()
    if activity is None:
        raise NotFound
    return activity


def modules_of(person: User) -> QuerySet[Module]:
    """The modules in which ``person`` learns (an administrator: all)."""
    modules = Module.objects.select_related("programme")
    if not can(person, Action.MODULE_LEARN):
        summoned = Q(activities__session__roster__person=person)
        modules = modules.filter(summoned | Q(programme__enrolments__person=person)).distinct()
    return modules.order_by("programme__title", "position")


@dataclass(frozen=True, slots=True)
class Step:
    """One activity as a line of its module. ``note``: where it stands, in words. ``url``: where one does it, or empty.
    ``result_url``: what one reached, where it is not done yet, or empty."""

    activity: Activity
    status: Status
    note: str
    url: str
    action: str = ""
    """Words of a button that does it now."""
    result_url: str = ""

    @property
    def done(self) -> bool:
        return self.status in activities.DONE

    @property
    def icon(self) -> str:
        if self.done:
            return "circle-check"
        return {Kind.SESSION: "presentation", Kind.RECORDING: "circle-play", Kind.QUIZ: "list-checks"}[Kind(self.activity.kind)]


@dataclass(frozen=True, slots=True)
class Standing:
    """A module and how far one person is in it."""

    module: Module
    steps: tuple[Step, ...]

    @property
    def held_at(self) -> dt.datetime | None:
        """When its first session is held, or was: what tells two modules of the same name apart."""
        sessions = (step.activity.session for step in self.steps if step.activity.kind == Kind.SESSION)
        session = next((session for session in sessions if session is not None), None)
        return (session.started_at or session.planned_start) if session is not None else None

    @property
    def progress(self) -> Progress:
        return activities.progress((step.activity.required, step.status) for step in self.steps)

    @property
    def percent(self) -> int:
        progress = self.progress
        return round(100 * progress.done / progress.required) if progress.required else 0

    @property
    def next(self) -> Step | None:
        """The first required step that is open and can be done now."""
        return next((s for s in self.steps if s.activity.required and not s.done and s.url and s.action), None)


def standing(module: Module, person: User, *, now: dt.datetime) -> Standing:
    """How far ``person`` is in ``module``."""
    rows = module.activities.select_related("session", "quiz").order_by("position")
    return Standing(module, _once_each(tuple(_step(activity, person, now=now) for activity in rows)))


def _once_each(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Who makes up a session does so with its recording: the optional step of that recording then offers no second way to it."""
    making_up = {step.activity.session_id for step in steps if step.activity.kind == Kind.SESSION and _made_up_by(step)}
    return tuple(
        replace(step, action="", note=f"{step.note} · {_('counts for making up, too')}")
        if step.activity.kind == Kind.RECORDING and not step.activity.required and step.activity.session_id in making_up
        else step
        for step in steps
    )


def _made_up_by(step: Step) -> bool:
    session = step.activity.session
    return session is not None and session.state == SessionState.ENDED and bool(step.action)


def standings(modules: Iterable[Module], person: User, *, now: dt.datetime) -> list[Standing]:
    return [standing(module, person, now=now) for module in modules]


def _step(activity: Activity, person: User, *, now: dt.datetime) -> Step:
    match Kind(activity.kind):
        case Kind.SESSION:
            return _session_step(activity, person)
        case Kind.RECORDING:
            return _recording_step(activity, person)
        case Kind.QUIZ:
            return _quiz_step(activity, person, now=now)


def _replay_url(activity: Activity) -> str:
    return reverse("replay", kwargs={"public_id": activity.public_id})


def _session_step(activity: Activity, person: User) -> Step:
    session = activity.session
    assert session is not None  # a constraint of the table
    viewing = viewing_of(activity.watchable_id, person)
    ended = session.state == SessionState.ENDED
    over = ended or is_held_elsewhere(session)
    ratio = presence_ratio(session, person) if session.started_at else None
    status = activities.session_status(
        Presence(ratio=ratio if ended else None, coverage=viewing.ratio if viewing else None),
        presence_percent=activity.presence_percent,
        coverage_percent=activity.coverage_percent,
    )
    notes = [_when(session.started_at or session.planned_start)]
    url = action = ""
    if session.state in (SessionState.LIVE, SessionState.BREAK, SessionState.OPEN):
        url, action = reverse("room", kwargs={"session_id": session.public_id}), _("Join")
        notes.append(_("now running"))
    elif over:
        if ratio:
            notes.append(_("present for %(percent)s%%") % {"percent": percent_text(ratio)})
        elif ended and status is not Status.MADE_UP:
            notes.append(_("not attended"))
        if viewing is not None:
            url = _replay_url(activity)
            if status is Status.DONE:
                url = reverse("session", kwargs={"session_id": session.public_id})  # the recording has a step of its own
            elif status is Status.MADE_UP:
                notes.append(_("made up with the recording"))
            elif viewing.deleted_at is not None:
                notes.append(_deleted_text(viewing.deleted_at))
            else:
                action = _("Make up")
                notes.append(_("watch %(percent)s%% of the recording to make it up") % {"percent": activity.coverage_percent})
    return Step(activity, status, " · ".join(notes), url, action)


def _recording_step(activity: Activity, person: User) -> Step:
    viewing = viewing_of(activity.watchable_id, person)
    if viewing is None:
        return Step(activity, Status.OPEN, _no_recording_text(activity.session), "")
    status = activities.recording_status(viewing.ratio, coverage_percent=activity.coverage_percent)
    if viewing.deleted_at is not None:
        return Step(activity, status, f"{watched_text(viewing)} · {_deleted_text(viewing.deleted_at)}", _replay_url(activity), "")
    action = "" if status is Status.DONE else (_("Continue watching") if viewing.watched_ms else _("Watch"))
    return Step(activity, status, watched_text(viewing), _replay_url(activity), action)


def _deleted_text(at: dt.datetime) -> str:
    return _("the recording was deleted on %(date)s") % {"date": date_format(timezone.localtime(at), "d/m/Y")}


def _no_recording_text(session: Session | None) -> str:
    """Why there is nothing to watch, as the session's page says it."""
    if session is not None:
        view = recording_view(session)
        if is_completing(session, view):
            return _("The replay is being completed")
        if view.state == "trouble":
            return _("The recording is in trouble")
        if session.state in (SessionState.LIVE, SessionState.BREAK):
            return _("The session is running. It can be watched again when it has ended.")
    return _("There is no recording yet.")


def _quiz_step(activity: Activity, person: User, *, now: dt.datetime) -> Step:
    quiz = activity.quiz
    assert quiz is not None  # a constraint of the table
    attempts = quizzes.attempts_of(quiz, person, now=now)
    standing = quizzes.standing(quiz, attempts)
    status = activities.quiz_status(passed=standing.passed, attempts=standing.used, answering=standing.open is not None)
    count, _total = quizzes.size(quiz)
    notes = [ngettext("%(n)d question", "%(n)d questions", count) % {"n": count}]
    if quiz.time_limit_s:
        notes.append(quizzes.minutes(quiz.time_limit_s))
    result_url = ""
    if status is Status.NOT_PASSED:
        result_url = reverse("attempt_result", kwargs={"public_id": attempts[-1].public_id})
        notes = [_failed_text(attempts[-1], standing, now=now)]
    if not standing.passed:
        if standing.left is not None:
            notes.append(ngettext("%(n)d attempt left", "%(n)d attempts left", standing.left) % {"n": standing.left})
        if quiz.closes_at:
            notes.append(_("until %(end)s") % {"end": quizzes.moment(quiz.closes_at)})
    elif standing.percent is not None:
        notes.append(_("reached %(percent)s%%") % {"percent": number_format(standing.percent, decimal_pos=0)})
    action = ""
    if standing.open:
        action = _("Continue")
    elif not standing.passed:
        refusal = quizzes.why_not_start(quiz, attempts, now=now)
        action = "" if refusal else (_("Start another attempt") if attempts else _("Take the quiz"))
        if refusal and not attempts:
            notes.append(refusal.rstrip("."))
    url = reverse("quiz", kwargs={"public_id": quiz.public_id})
    return Step(activity, status, " · ".join(notes), url, action, result_url)


def _failed_text(last: Attempt, standing: quizzes.Standing, *, now: dt.datetime) -> str:
    """What came of attempts that were not passed, as far as it may be seen."""
    if Show.MARKS not in visible_in(last, standing, now=now):
        return _("Handed in")
    if standing.percent is None:
        return _("Not handed in in time")
    return _("Not passed yet, %(percent)s%%") % {"percent": int(standing.percent)}  # never rounded up to a pass mark


def watched_text(viewing: Viewing) -> str:
    """ "41 of 60 minutes watched"; of what is shorter to the second: whole minutes would say too little."""
    if viewing.required_ms < 120_000:
        return _("%(watched)d of %(all)d seconds watched") % _units(viewing, 1_000)
    if viewing.required_ms < 600_000:
        watched, whole = (f"{seconds // 60}:{seconds % 60:02}" for seconds in _units(viewing, 1_000).values())
        return _("%(watched)s of %(all)s watched") % {"watched": watched, "all": whole}
    return _("%(watched)d of %(all)d minutes watched") % _units(viewing, 60_000)


def _units(viewing: Viewing, unit_ms: int) -> dict[str, int]:
    return {"watched": viewing.watched_ms // unit_ms, "all": -(-viewing.required_ms // unit_ms)}


def percent_text(ratio: float) -> str:
    """0..1 as whole percent, never rounded up to what was not reached."""
    return str(int(ratio * 100 + 1e-9))


def _when(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "H:i, d/m/Y")


def activity_of_session(session: Session) -> Activity | None:
    """Where a session's recording is watched: its recording activity if there is one, else its session activity."""
    rows = Activity.objects.filter(session=session).select_related("module")
    return rows.filter(kind=Kind.RECORDING).first() or rows.first()
