"""Decks: their list with upload, and their pages as images."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conference.forms import DeckForm
from conference.models import Conference, Deck
from conference.plane_adapter import page_image
from conference.selectors import conference_by_id, deck_by_id
from conference.services import decks as services
from core.clock import now
from core.errors import NotFound
from core.errors import _ as _msgid
from people.access import requires
from people.models import User
from people.permissions import Action, can


@requires(Action.SESSION_JOIN, on=conference_by_id)
def index(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The list alone: what the page asks for while a deck is being prepared."""
    return render(request, "conference/parts/decks.html", _context(request, conference, DeckForm()))


@requires(Action.CONTENT_MANAGE, on=conference_by_id)
@require_POST
def upload(request: HttpRequest, conference: Conference) -> HttpResponse:
    """Take a PDF in. What was typed stays where the file is refused."""
    form = DeckForm(request.POST, request.FILES)
    if form.is_valid():
        services.add_deck(
            conference=conference,
            title=form.deck_title(),
            data=form.cleaned_data["file"],
            by=cast(User, request.user),
            now=now(),
        )
        if not _is_htmx(request):
            messages.success(request, _("The deck has been taken in and is being prepared."))
            return redirect("conference", conference_id=conference.public_id)
        form = DeckForm()
    status = 422 if form.errors else 200
    if _is_htmx(request):
        return render(request, "conference/parts/decks.html", _context(request, conference, form), status=status)
    return render(request, "conference/decks.html", _context(request, conference, form), status=status)


@requires(Action.CONTENT_MANAGE, on=deck_by_id)
@require_POST
def remove(request: HttpRequest, deck: Deck) -> HttpResponse:
    conference = deck.conference
    services.remove_deck(deck=deck)
    if _is_htmx(request):
        return render(request, "conference/parts/decks.html", _context(request, conference, DeckForm()))
    return redirect("conference", conference_id=conference.public_id)


def _context(request: HttpRequest, conference: Conference, form: DeckForm) -> dict[str, object]:
    return {
        "conference": conference,
        "decks": conference.decks.order_by("created_at", "id"),
        "deck_form": form,
        "may_upload": can(request.user, Action.CONTENT_MANAGE, conference),
    }


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


@requires(Action.SESSION_JOIN, on=deck_by_id)
def view(request: HttpRequest, deck: Deck) -> HttpResponse:
    """A deck to be read: the page that ``trang`` names, large, and all of them to choose from."""
    if deck.state != Deck.DeckState.READY:
        raise NotFound("deck.not_ready", _msgid("This deck is not ready to be shown yet."))
    pages = Paginator(range(1, deck.page_count + 1), 1)
    return render(request, "conference/deck.html", {"deck": deck, "page": pages.get_page(request.GET.get("trang"))})


@requires(Action.SESSION_JOIN, on=deck_by_id)
def page(request: HttpRequest, deck: Deck, number: int) -> HttpResponse:
    """Page ``number`` (1-based) as an image. It never changes, so that a browser asks once."""
    if not 1 <= number <= deck.page_count:
        raise NotFound("deck.no_such_page", _msgid("This page of the deck does not exist."))
    etag = f'"{deck.public_id}-{number}"'
    if request.headers.get("If-None-Match") == etag:
        return _cached(HttpResponseNotModified(), etag)
    path = page_image(deck.public_id, number)
    if settings.MEDIA_ACCEL and path.is_file():
        response = HttpResponse(content_type="image/png")
        response["X-Accel-Redirect"] = f"/_decks/{deck.public_id}/{number}.png"
        return _cached(response, etag)
    try:
        image = path.read_bytes()  # a page is at most a few MB
    except FileNotFoundError:
        raise NotFound("deck.no_such_page", _msgid("This page of the deck does not exist.")) from None
    return _cached(HttpResponse(image, content_type="image/png"), etag)


def _cached(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
