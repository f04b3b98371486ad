"""The worker's entry points; the work is in the services."""

from __future__ import annotations

from celery import shared_task

from conference.services import decks, seats
from core.clock import now

RENDER_LIMIT_S = 600
"""A deck that takes longer goes on where it stopped, after other decks; the sweep counts the attempts."""


@shared_task(name="conference.render_deck", time_limit=RENDER_LIMIT_S)  # type: ignore[untyped-decorator]
def render_deck(deck_id: str) -> None:
    """See :func:`conference.services.decks.render_deck`."""
    decks.render_deck(deck_id=deck_id)


@shared_task(name="conference.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Empty seats whose lease ran out while no web process looked, and find decks that nobody renders."""
    seats.expire_leases(now=now())
    decks.sweep_decks(now=now())
