"""The worker's entry points of this app."""

from __future__ import annotations

from celery import shared_task

from core.clock import now
from training.quiz import attempting


@shared_task(name="training.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Close attempts whose time is up, see :func:`training.quiz.attempting.sweep`."""
    attempting.sweep(now=now())
