"""Pages of a quiz: its rules, the attempt, the result. Thin: they read, call one service, and show."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.clock import now, to_ms
from core.errors import NotFound
from people.access import requires
from people.models import User
from people.permissions import Action, can
from training.models import Attempt, Quiz
from training.quiz import attempting, presenting, selectors
from training.quiz.domain.attempts import State
from training.quiz.domain.review import Show
from training.quiz.reading import SaveMessage, SubmitMessage, read_form
from training.requests import person_of, read_json, sends_json


@require_GET
@requires(Action.MODULE_LEARN, on=selectors.quiz_of)
def quiz_page(request: HttpRequest, quiz: Quiz) -> HttpResponse:
    """The rules in words, the way in, and what was reached so far."""
    person, moment = person_of(request), now()
    attempts = selectors.attempts_of(quiz, person, now=moment)
    standing = selectors.standing(quiz, attempts)
    shown = {a.pk for a in attempts if Show.MARKS in presenting.visible_in(a, standing, now=moment)}
    rows = [{"attempt": a, "score": selectors.score_of(a) if a.pk in shown else None} for a in attempts]
    context = {
        "quiz": quiz,
        "module": quiz.activity.module,
        "rules": selectors.rules_in_words(quiz),
        "standing": standing,
        "rows": rows,
        "refusal": selectors.why_not_start(quiz, attempts, now=moment),
        "manages": can(request.user, Action.MODULE_MANAGE, quiz),
    }
    return render(request, "training/quiz/quiz.html", context)


@require_POST
@requires(Action.MODULE_LEARN, on=selectors.quiz_of)
def start(request: HttpRequest, quiz: Quiz) -> HttpResponse:
    """A new attempt, or the one that is open."""
    attempt = attempting.start(quiz=quiz, person=person_of(request), now=now(), seed=secrets.randbits(62))
    return redirect("attempt", public_id=attempt.public_id)


@require_GET
@requires(Action.MODULE_LEARN, on=selectors.attempt_of)
def attempt_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """The questions as one form; once the attempt is closed, its result."""
    attempt = _own(attempt, person_of(request))
    if attempt.closed():
        return redirect("attempt_result", public_id=attempt.public_id)
    fields = presenting.fields(attempt)
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "fields": fields,
        "answered": sum(field.complete for field in fields),
        "overdue": attempt.state == State.OVERDUE,
        "seq": str(attempt.seq),
        "key": secrets.token_urlsafe(24),
        "now_ms": str(to_ms(now())),  # text, so that no thousand separators come in
        "started_ms": str(to_ms(attempt.started_at)),
        "deadline_ms": str(to_ms(attempt.deadline)) if attempt.deadline else "",
    }
    response = render(request, "training/quiz/attempt.html", context)
    response["Cache-Control"] = "no-store"  # going back must show what is saved, not what once was
    return response


@require_POST
@requires(Action.MODULE_LEARN, on=selectors.attempt_of)
def save(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Keep some answers (JSON); says the new number of steps and the server's time."""
    message = read_json(request, SaveMessage)
    saved = attempting.save(
        attempt_id=attempt.public_id, person=person_of(request), sent=message.answers, based_on=message.seq, now=now()
    )
    return JsonResponse(
        {
            "seq": saved.seq,
            "saved_ms": to_ms(saved.at),
            "deadline_ms": to_ms(saved.deadline) if saved.deadline else None,
        }
    )


@require_POST
@requires(Action.MODULE_LEARN, on=selectors.attempt_of)
def submit(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Hand in: as JSON by the page's script, or as an ordinary form, which is asked once about what is no number."""
    person, moment = person_of(request), now()
    if sends_json(request):
        message = read_json(request, SubmitMessage)
    else:
        message = read_form(request.POST, attempt.items.values_list("number", flat=True))
        attempt = _own(attempt, person)
        if attempting.misread(attempt=attempt, sent=message.answers, now=moment):
            attempting.save(attempt_id=attempt.public_id, person=person, sent=message.answers, based_on=message.seq, now=moment)
            text = _("Not handed in yet: a question asks for a number. Correct it, or hand in once more as it is.")
            messages.warning(request, text)
            return redirect("attempt", public_id=attempt.public_id)
    attempting.submit(
        attempt_id=attempt.public_id,
        person=person,
        key=message.key,
        sent=message.answers,
        based_on=message.seq,
        now=moment,
    )
    url = reverse("attempt_result", kwargs={"public_id": attempt.public_id})
    return JsonResponse({"url": url}) if sends_json(request) else redirect(url)


@require_GET
@requires(Action.MODULE_LEARN, on=selectors.attempt_of)
def result_page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """The score and the review, as far as their phase allows."""
    person, moment = person_of(request), now()
    attempt = _own(attempt, person)
    if not attempt.closed():
        return redirect("attempt", public_id=attempt.public_id)
    attempts = selectors.attempts_of(attempt.quiz, person, now=moment)
    standing = selectors.standing(attempt.quiz, attempts)
    shows = presenting.visible_in(attempt, standing, now=moment)
    graded = attempt.state == State.FINISHED
    items = presenting.reviewed(attempt, shows=shows) if graded and shows else []
    score = selectors.score_of(attempt) if Show.MARKS in shows else None
    verdicts = [item.verdict for item in items]
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "module": attempt.quiz.activity.module,
        "score": score,
        "percent": int(score.percent) if score else 0,  # never rounded up to a pass mark that was not reached
        "items": items,
        "counts": {name: verdicts.count(name) for name in ("right", "partly", "wrong", "unanswered")},
        "shows_correctness": Show.CORRECTNESS in shows,
        "why_no_solution": "" if Show.RIGHT_ANSWERS in shows else selectors.why_no_solution(attempt.quiz, standing),
        "standing": standing,
        "refusal": selectors.why_not_start(attempt.quiz, attempts, now=moment),
    }
    return render(request, "training/quiz/result.html", context)


def _own(attempt: Attempt, person: User) -> Attempt:
    """The attempt as time has left it. Raises NotFound for anybody else's, an administrator's eyes included."""
    if attempt.person_id != person.pk:
        raise NotFound
    return attempting.close_if_due(attempt=attempt, now=now())
