"""Small words about sessions, sites and decks for templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext

from conference import planning
from conference.domain.program import State
from conference.labels import DECK_ERRORS, ROLE_LABELS, STATE_TONES
from conference.models import Deck, Session
from conference.planning import SiteLine
from people.permissions import Role

register = template.Library()


@register.simple_tag
def session_state(session: Session) -> dict[str, Any]:
    """A session's state: ``label``, ``tone``, and whether it is ``live``."""
    state = State(session.state)
    return {"label": planning.state_label(session), "tone": STATE_TONES[state], "live": state is State.LIVE}


@register.filter
def role_label(role: str) -> Promise:
    """A role in words."""
    return ROLE_LABELS[Role(role)]


@register.filter
def connected_of(lines: Sequence[SiteLine]) -> str:
    """How many of the sites are connected: "3/16"."""
    return f"{sum(line.online for line in lines)}/{len(lines)}"


@register.filter
def any_rendering(decks: Iterable[Deck]) -> bool:
    """Whether a deck is still being prepared."""
    return any(deck.state == Deck.DeckState.RENDERING for deck in decks)


@register.filter
def deck_error(deck: Deck) -> str:
    """What went wrong with a deck, and what to do."""
    known = DECK_ERRORS.get(deck.error_code)
    return str(known) if known is not None else gettext("The slides could not be prepared.")
