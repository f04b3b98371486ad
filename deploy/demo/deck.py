"""The demonstration's slides, as a deck of its conference."""

from __future__ import annotations

import datetime as dt

from conference.models import Conference, Deck
from conference.services import decks
from deploy.demo import talk
from people.models import User

TITLE = "Nội dung cốt lõi của Nghị quyết số 57-NQ/TW"


def make_deck(conference: Conference, *, by: User, now: dt.datetime) -> Deck:
    """The conference's first deck: the talk's slides where it has none. Rendered at once, so that it needs no worker."""
    deck = conference.decks.order_by("pk").first()
    if deck is None:
        deck = decks.add_deck(conference=conference, title=TITLE, data=talk.SLIDES.read_bytes(), by=by, now=now)
    decks.render_deck(deck_id=deck.public_id)
    deck.refresh_from_db()
    return deck
