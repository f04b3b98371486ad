"""Decks: taken in when they can be shown, rendered page by page by a worker. The row is the truth about that job."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Q

from conference import pdf
from conference.models import Conference, Deck, DeckPage, ProgramEntry
from conference.plane_adapter import page_image
from conference.services.change import changing
from core import queue
from core.clock import now as clock_now
from core.errors import Conflict, DiemcauError, _
from core.ids import new_id
from core.slots import slot
from people.models import User

log = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=3 * pdf.ANSWER_LIMIT_S)
"""How long a worker is believed to live after the last page that it rendered."""
MAX_ATTEMPTS = 3


def add_deck(*, conference: Conference, title: str, data: bytes, by: User | None, now: dt.datetime) -> Deck:
    """Take in a PDF and have it rendered. Raises Invalid as :func:`conference.pdf.check` does; then nothing is kept."""
    count = pdf.check(data)
    deck = Deck(conference=conference, title=title.strip()[:200], page_count=count, uploaded_by=by)
    try:
        with transaction.atomic():
            deck.file.save("source.pdf", ContentFile(data), save=False)
            deck.save()
            _tell(deck, now=now)
            transaction.on_commit(lambda: _enqueue(deck.public_id))
    except Exception:
        shutil.rmtree(page_image(deck.public_id, 1).parent, ignore_errors=True)
        raise
    return deck


def render_deck(*, deck_id: str) -> bool:
    """Render what is missing of a deck; False where there is nothing to do, or a worker is busy with this or another one.

    One deck at a time: the other workers are for other jobs. Who has finished a deck wakes the next.

    A page is written under another name first, so that nobody sees half of one. A page that cannot be rendered fails the deck.
    """
    with slot("decks") as mine:
        rendered = mine and _render_claimed(deck_id, new_id())
    if mine:
        _wake_next()
    return rendered


def _render_claimed(deck_id: str, lease: str) -> bool:
    if not _claim(deck_id, lease):
        return False
    deck = Deck.objects.select_related("conference").get(public_id=deck_id)
    try:
        _render_pages(deck, lease)
    except DiemcauError as error:
        _finish(deck, lease, state=Deck.DeckState.FAILED, error_code=error.code)
        log.info("deck.failed", deck=deck_id, code=error.code)
        return True
    except OSError as error:
        log.warning("deck.not_written", deck=deck_id, cause=type(error).__name__, errno=error.errno)
        Deck.objects.filter(public_id=deck_id, lease=lease).update(lease="", lease_until=clock_now() + LEASE)
        return False
    return _finish(deck, lease, state=Deck.DeckState.READY, error_code="")


def _render_pages(deck: Deck, lease: str) -> None:
    source = Path(deck.file.path)
    ready = set(deck.pages.values_list("number", flat=True))
    with pdf.opened(source) as document:
        for number in range(1, deck.page_count + 1):
            target = page_image(deck.public_id, number)
            if number in ready and target.is_file():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(".part")
            page = document.render(number, unfinished)
            unfinished.replace(target)
            kept = {"width": page.width, "height": page.height, "text": page.text}
            DeckPage.objects.update_or_create(deck=deck, number=number, defaults=kept)
            if not Deck.objects.filter(pk=deck.pk, lease=lease).update(lease_until=clock_now() + LEASE):
                raise Conflict("deck.lease_lost", _("Another worker is preparing this deck."))


def _wake_next() -> None:
    waiting = Deck.objects.filter(state=Deck.DeckState.RENDERING, lease_until=None).order_by("created_at", "pk")
    if (deck_id := waiting.values_list("public_id", flat=True).first()) is not None:
        _enqueue(deck_id)


def _claim(deck_id: str, lease: str) -> bool:
    moment = clock_now()
    free = Q(lease_until=None) | Q(lease_until__lt=moment)
    waiting = Deck.objects.filter(free, public_id=deck_id, state=Deck.DeckState.RENDERING)
    return bool(waiting.update(lease=lease, lease_until=moment + LEASE, attempts=F("attempts") + 1))


def _finish(deck: Deck, lease: str, *, state: Deck.DeckState, error_code: str) -> bool:
    with transaction.atomic():
        held = Deck.objects.filter(pk=deck.pk, lease=lease, state=Deck.DeckState.RENDERING)
        if not held.update(state=state, error_code=error_code, lease="", lease_until=None):
            return False
        deck.refresh_from_db()
        _tell(deck, now=clock_now())
        return True


def sweep_decks(*, now: dt.datetime) -> int:
    """Enqueue again what a lost broker or a dead worker left lying; give up what died too often. How many were enqueued."""
    lost = Deck.objects.filter(state=Deck.DeckState.RENDERING).filter(
        Q(lease_until__lt=now) | Q(lease_until=None, created_at__lt=now - LEASE)
    )
    for deck in lost.filter(attempts__gte=MAX_ATTEMPTS):
        with transaction.atomic():
            deck.state, deck.error_code = Deck.DeckState.FAILED, "deck.render_failed"
            deck.save(update_fields=["state", "error_code"])
            _tell(deck, now=now)
    waiting = list(lost.filter(attempts__lt=MAX_ATTEMPTS).values_list("public_id", flat=True))
    for deck_id in waiting:
        _enqueue(deck_id)
    return len(waiting)


def remove_deck(*, deck: Deck) -> None:
    """Remove a deck that was never shown. Raises Conflict ``deck.was_shown``: a recording needs its pages."""
    with transaction.atomic():
        shown = ProgramEntry.objects.filter(session__conference=deck.conference_id, program__content__deck=deck.public_id)
        if shown.exists():
            raise Conflict("deck.was_shown", _("This deck was shown in a session and belongs to its recording."))
        folder, file = page_image(deck.public_id, 1).parent, deck.file
        for session in deck.conference.sessions.order_by("pk"):
            with changing(session.public_id, now=clock_now()) as change:
                change.skip()
        deck.delete()
    for page in folder.glob("*.png"):
        page.unlink(missing_ok=True)
    file.delete(save=False)


def _tell(deck: Deck, *, now: dt.datetime) -> None:
    for session_id in deck.conference.sessions.order_by("pk").values_list("public_id", flat=True):
        with changing(session_id, now=now) as change:
            change.deck(deck)


def _enqueue(deck_id: str) -> None:
    queue.wake("conference.render_deck", deck_id)
