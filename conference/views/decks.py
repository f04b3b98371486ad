"""A deck's pages as images."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from conference.models import Deck
from conference.plane_adapter import page_image
from core.errors import NotFound, _
from people.access import requires
from people.permissions import Action


def deck_by_id(deck_id: str) -> Deck:
    """The deck of that public id. Raises NotFound."""
    deck = Deck.objects.select_related("conference").filter(public_id=deck_id).first()
    if deck is None:
        raise NotFound("deck.not_found", _("This deck no longer exists."))
    return deck


@requires(Action.SESSION_JOIN, on=deck_by_id)
def page(request: HttpRequest, deck: Deck, number: int) -> HttpResponse:
    """Page ``number`` (1-based) as an image. It never changes, so that a browser asks once."""
    etag = f'"{deck.public_id}-{number}"'
    if request.headers.get("If-None-Match") == etag:
        return _cached(HttpResponseNotModified(), etag)
    path = page_image(deck.public_id, number)
    if settings.MEDIA_ACCEL and path.is_file():
        response = HttpResponse(content_type="image/png")
        response["X-Accel-Redirect"] = f"/protected/uploads/decks/{deck.public_id}/{number}.png"
        return _cached(response, etag)
    try:
        image = path.read_bytes()  # a page is at most a few MB
    except FileNotFoundError:
        raise NotFound("deck.no_such_page", _("This page of the deck does not exist.")) from None
    return _cached(HttpResponse(image, content_type="image/png"), etag)


def _cached(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
