"""Reading quizzes: what a person may do with one, and how far they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import NotAllowed, NotFound
from core.messages import error_text
from people.models import User
from training.models import Attempt, Quiz
from training.quiz.attempting import check_held, close_if_due
from training.quiz.domain.attempts import Method, Overdue, State, overall
from training.quiz.domain.grading import Score
from training.quiz.domain.review import Solution, solution_shown


def quiz_of(public_id: str) -> Quiz:
    """Raises NotFound."""
    quiz = Quiz.objects.select_related("activity__module__programme").filter(public_id=public_id, activity__isnull=False).first()
    if quiz is None:
        raise NotFound
    return quiz


def attempt_of(public_id: str) -> Attempt:
    """Raises NotFound."""
    attempts = Attempt.objects.select_related("quiz__activity__module__programme", "person")
    attempt = attempts.filter(public_id=public_id, quiz__activity__isnull=False).first()
    if attempt is None:
        raise NotFound
    return attempt


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a person is with a quiz. ``percent``: the grade by the quiz's method, None without a graded attempt."""

    used: int
    left: int | None
    open: Attempt | None
    percent: Decimal | None
    passed: bool

    @property
    def settled(self) -> bool:
        """Whether the person has passed or has no attempt left, and answers none at the moment."""
        return self.open is None and (self.passed or self.left == 0)


def score_of(attempt: Attempt) -> Score | None:
    """The attempt's score, once it is graded."""
    if attempt.mark is None or attempt.max_mark is None:
        return None
    return Score(attempt.mark, attempt.max_mark)


def standing(quiz: Quiz, attempts: Sequence[Attempt]) -> Standing:
    """``attempts``: all of one person at ``quiz``, in the order of starting."""
    graded = [a for a in attempts if a.state == State.FINISHED and a.passed is not None]
    method = Method(quiz.method)
    percent = overall(method, [score.percent for a in graded if (score := score_of(a)) is not None])
    if method is Method.AVERAGE:
        passed = percent is not None and percent >= quiz.pass_percent
    else:  # decided when it was graded, on the exact marks
        chosen = {Method.HIGHEST: graded, Method.FIRST: graded[:1], Method.LAST: graded[-1:]}[method]
        passed = any(a.passed for a in chosen)
    return Standing(
        used=len(attempts),
        left=quiz.rules().attempts_left(len(attempts)),
        open=next((a for a in attempts if not a.closed()), None),
        percent=percent,
        passed=passed,
    )


def attempts_of(quiz: Quiz, person: User, *, now: dt.datetime) -> list[Attempt]:
    """The person's attempts in order, as time has left them at ``now``."""
    rows = Attempt.objects.select_related("quiz").filter(quiz=quiz, person=person).order_by("number")
    return [close_if_due(attempt=attempt, now=now) for attempt in rows]


def why_not_start(quiz: Quiz, attempts: Sequence[Attempt], *, now: dt.datetime) -> str:
    """Why no new attempt may start now, in words; empty if one may."""
    last_end = max((a.finished_at for a in attempts if a.finished_at), default=None)
    try:
        check_held(quiz)
        quiz.rules().check_start(now=now, used=len(attempts), last_end=last_end)
    except NotAllowed as refusal:
        return error_text(refusal)
    return ""


def why_no_solution(quiz: Quiz, standing: Standing) -> str:
    """When the right answers will be shown that are hidden now, in words; empty where that is not known."""
    when = solution_shown(quiz.review_rules())
    words = []
    if when is Solution.SETTLED:
        if standing.passed:
            words.append(_("The right answers are shown as soon as you have handed in the attempt that you have begun."))
        elif quiz.max_attempts is None:
            words.append(_("The right answers are shown as soon as you have passed."))
        else:
            words.append(_("The right answers are shown as soon as you have passed or have used all your attempts."))
    if quiz.closes_at and when is Solution.AFTER_CLOSE:
        text = _("The right answers are shown when the quiz has closed (%(end)s) and nobody is answering it any more.")
        words.append(text % {"end": moment(quiz.closes_at)})
    elif quiz.closes_at and when is Solution.SETTLED:
        text = _("At the latest they are shown when the quiz has closed (%(end)s) and nobody is answering it any more.")
        words.append(text % {"end": moment(quiz.closes_at)})
    return " ".join(words)


def size(quiz: Quiz) -> tuple[int, Decimal]:
    """How many questions, and how many marks together."""
    return quiz.slots.count(), quiz.slots.aggregate(total=Sum("mark"))["total"] or Decimal(0)


def minutes(seconds: int) -> str:
    """ "15 minutes", "1 minute 30 seconds"."""
    whole, rest = divmod(seconds, 60)
    parts = []
    if whole:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", whole) % {"n": whole})
    if rest or not whole:
        parts.append(ngettext("%(n)d second", "%(n)d seconds", rest) % {"n": rest})
    return " ".join(parts)


def moment(at: dt.datetime) -> str:
    """A moment as people write it: "11:05, 29/11/2026"."""
    return date_format(timezone.localtime(at), "H:i, d/m/Y")


def rules_in_words(quiz: Quiz) -> list[tuple[str, str]]:
    """The quiz's rules as (icon, sentence), each in plain words."""
    count, _total = size(quiz)
    rules = [("list-checks", ngettext("%(n)d question.", "%(n)d questions.", count) % {"n": count})]
    if quiz.time_limit_s:
        limit = _("Each attempt lasts %(time)s from the moment you start. Closing the page does not stop the clock.")
        rules.append(("timer", limit % {"time": minutes(quiz.time_limit_s)}))
        end = {
            Overdue.AUTOSUBMIT: _("When the time is up, what you have answered is handed in by itself."),
            Overdue.GRACE: _("When the time is up, you can still hand in what you have answered within %(time)s.")
            % {"time": minutes(quiz.grace_s)},
            Overdue.ABANDON: _("Hand in before the time is up; an attempt that was not handed in does not count."),
        }[Overdue(quiz.overdue)]
        rules.append(("hourglass", end))
    rules.append(("save", _("Every answer is saved at once. You can go on with any device where you sign in.")))
    if quiz.max_attempts:
        many = ngettext("You have %(n)d attempt.", "You have %(n)d attempts.", quiz.max_attempts) % {"n": quiz.max_attempts}
        if quiz.max_attempts > 1:
            many += (
                " "
                + {
                    Method.HIGHEST: _("The best one counts."),
                    Method.AVERAGE: _("Their average counts."),
                    Method.FIRST: _("The first one counts."),
                    Method.LAST: _("The last one counts."),
                }[Method(quiz.method)]
            )
        rules.append(("rotate-ccw", many))
    needed = _("To pass you need at least %(percent)s%% of the marks.") % {"percent": f"{quiz.pass_percent.normalize():f}"}
    rules.append(("award", needed))
    if quiz.opens_at and quiz.closes_at:
        window = _("Open from %(start)s to %(end)s.")
        rules.append(("calendar", window % {"start": moment(quiz.opens_at), "end": moment(quiz.closes_at)}))
    elif quiz.closes_at:
        rules.append(("calendar", _("Open until %(end)s.") % {"end": moment(quiz.closes_at)}))
    elif quiz.opens_at:
        rules.append(("calendar", _("Opens at %(start)s.") % {"start": moment(quiz.opens_at)}))
    return rules
