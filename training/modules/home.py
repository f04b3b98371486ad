"""What training puts on a person's home page: every required step of a module that they can do now."""

from __future__ import annotations

from conference.domain.program import State as SessionState
from core.clock import now
from core.home import Cards, TodoCard
from people.models import User
from training.modules.domain.activities import Kind
from training.modules.selectors import Standing, Step, modules_of, standings


def cards(user: User) -> Cards:
    """See :mod:`core.home`. Sessions that run or come are cards of the conference app."""
    found = standings(modules_of(user), user, now=now())
    return Cards(todo=tuple(_card(standing, step) for standing in found for step in standing.steps if _to_do(step)))


def _to_do(step: Step) -> bool:
    session = step.activity.session
    is_shown_elsewhere = step.activity.kind == Kind.SESSION and session is not None and session.state != SessionState.ENDED
    return step.activity.required and not step.done and bool(step.action) and not is_shown_elsewhere


def _card(standing: Standing, step: Step) -> TodoCard:
    quiz = step.activity.quiz
    return TodoCard(
        title=step.activity.title,
        url=step.url,
        note=f"{standing.module.title} · {step.note}",
        icon=step.icon,
        tone="gold" if quiz else "brand",
        due=step.activity.due_at or (quiz.closes_at if quiz else None),
        action=step.action,
    )
