"""From an uploaded PDF to page images that only those in the conference see."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from conference import pdf
from conference.models import Deck, Session
from conference.plane_adapter import page_image
from conference.services import decks, program
from core.clock import now
from core.errors import Conflict, Invalid
from core.slots import slot
from tests.factories.conference import Cast, make_cast, make_user
from tests.support.pdf import make_bomb, make_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings: object, tmp_path: Path) -> Cast:
    settings.MEDIA_ROOT = tmp_path / "uploads"  # type: ignore[attr-defined]
    return make_cast()


def upload(cast: Cast, pages: int = 3) -> Deck:
    return decks.add_deck(
        conference=cast.session.conference, title="Chuyên đề 1", data=make_pdf(pages), by=cast.presenter, now=now()
    )


def test_a_deck_is_ready_with_all_its_pages_when_rendered(cast: Cast) -> None:
    deck = upload(cast)
    assert (deck.state, deck.page_count) == (Deck.DeckState.RENDERING, 3)
    assert decks.render_deck(deck_id=deck.public_id)
    deck.refresh_from_db()
    assert (deck.state, deck.rendered, deck.lease) == (Deck.DeckState.READY, 3, "")
    assert [page_image(deck.public_id, n).is_file() for n in (1, 2, 3, 4)] == [True, True, True, False]
    assert not list(page_image(deck.public_id, 1).parent.glob("*.part"))
    assert not decks.render_deck(deck_id=deck.public_id)


def test_nothing_is_kept_when_the_file_is_no_pdf(cast: Cast) -> None:
    with pytest.raises(Invalid, match=r"deck\.not_pdf"):
        decks.add_deck(conference=cast.session.conference, title="x", data=b"PK", by=None, now=now())
    assert not Deck.objects.exists()


def test_nothing_is_kept_and_the_page_says_why_when_the_disk_is_full(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(cast.chair, backend="django.contrib.auth.backends.ModelBackend")

    def full(self: object, *arguments: object, **named: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(Deck, "save", full)
    url = f"/hoi-nghi/{cast.session.conference.public_id}/bai-chieu/tai-len/"
    answer = client.post(url, {"file": SimpleUploadedFile(".pdf", make_pdf(1))}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "core.disk_full")
    assert "đã đầy" in answer.json()["error"]["text"]
    assert not list((Path(settings.MEDIA_ROOT) / "decks").iterdir())


def test_a_deck_always_has_a_title(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.chair, backend="django.contrib.auth.backends.ModelBackend")
    url = f"/hoi-nghi/{cast.session.conference.public_id}/bai-chieu/tai-len/"
    assert client.post(url, {"file": SimpleUploadedFile(".pdf", make_pdf(1))}).status_code == 302
    assert Deck.objects.get().title == "Bài chiếu"


def test_the_worker_is_woken_only_after_commit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    woken: list[tuple[str, ...]] = []
    monkeypatch.setattr("core.queue.wake", lambda *message: woken.append(message))
    with django_capture_on_commit_callbacks(execute=True):
        deck = upload(cast)
        assert not woken
    assert woken == [("conference.render_deck", deck.public_id)]


def test_a_second_worker_keeps_off_while_the_first_lives(cast: Cast) -> None:
    deck = upload(cast)
    Deck.objects.update(lease="another", lease_until=now() + dt.timedelta(seconds=30))
    assert not decks.render_deck(deck_id=deck.public_id)
    Deck.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    assert decks.render_deck(deck_id=deck.public_id)


def test_a_lost_deck_is_enqueued_again_and_given_up_after_three_tries(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr("core.queue.wake", lambda task, deck_id: woken.append(deck_id))
    deck = upload(cast)
    assert decks.sweep_decks(now=now()) == 0
    assert decks.sweep_decks(now=now() + dt.timedelta(minutes=2)) == 1
    assert woken == [deck.public_id]
    Deck.objects.update(attempts=decks.MAX_ATTEMPTS, lease_until=now())
    assert decks.sweep_decks(now=now() + dt.timedelta(minutes=2)) == 0
    deck.refresh_from_db()
    assert (deck.state, deck.error_code) == (Deck.DeckState.FAILED, "deck.render_failed")


def test_a_deck_fails_with_a_code_when_its_file_has_gone_bad(cast: Cast) -> None:
    deck = upload(cast)
    Path(deck.file.path).write_bytes(b"%PDF-1.4 rot")
    decks.render_deck(deck_id=deck.public_id)
    deck.refresh_from_db()
    assert (deck.state, deck.error_code) == (Deck.DeckState.FAILED, "deck.broken")


def test_every_session_of_the_conference_hears_of_a_deck(cast: Cast) -> None:
    other = Session.objects.create(conference=cast.session.conference, title="Chiều", planned_start=now())
    before = cast.session.seq
    upload(cast)
    cast.session.refresh_from_db()
    other.refresh_from_db()
    assert (cast.session.seq, other.seq) == (before + 1, 1)


def test_a_page_is_cached_for_good_and_only_for_those_in_the_conference(cast: Cast, client: Client) -> None:
    deck = upload(cast)
    decks.render_deck(deck_id=deck.public_id)
    url = f"/bai-chieu/{deck.public_id}/1.png"
    assert client.get(url).status_code == 302  # to the sign-in page
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(url, headers={"accept": "application/json"}).status_code == 403
    client.force_login(cast.delegate, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content == page_image(deck.public_id, 1).read_bytes()
    assert "immutable" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
    assert client.get(url, headers={"if-none-match": answer["ETag"]}).status_code == 304
    missing = client.get(f"/bai-chieu/{deck.public_id}/9.png", headers={"accept": "application/json"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "deck.no_such_page")


def test_a_deck_is_read_page_by_page(cast: Cast, client: Client) -> None:
    deck = upload(cast)
    url = f"/bai-chieu/{deck.public_id}/"
    client.force_login(cast.delegate, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(url).status_code == 404
    decks.render_deck(deck_id=deck.public_id)
    first, second, last = (client.get(url, {"trang": page}).content.decode() for page in ("x", "2", "9"))
    assert "Trang 1/3" in first and 'data-key="ArrowRight"' in first and 'data-key="ArrowLeft"' not in first
    assert "Trang 2/3" in second and 'data-key="ArrowLeft"' in second and second.count(f"{url}2.png") == 2
    assert "Trang 3/3" in last and 'data-key="ArrowRight"' not in last
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(url).status_code == 403


def test_a_deck_that_was_shown_stays_and_one_that_was_not_goes(cast: Cast) -> None:
    shown, unseen = upload(cast), upload(cast)
    for deck in (shown, unseen):
        decks.render_deck(deck_id=deck.public_id)
    program.go_to(session_id=cast.session.public_id, state=program.State.LIVE, by=None, now=now())
    seat = cast.session.seats.create(person=cast.presenter, role="presenter", name="A")
    program.show_deck(session_id=cast.session.public_id, deck_id=shown.public_id, page=2, by=seat, now=now())
    shown.refresh_from_db()
    unseen.refresh_from_db()
    with pytest.raises(Conflict, match=r"deck\.was_shown"):
        decks.remove_deck(deck=shown)
    folder = page_image(unseen.public_id, 1)
    decks.remove_deck(deck=unseen)
    assert not folder.exists() and Deck.objects.count() == 1


def test_one_deck_at_a_time_and_the_next_is_woken(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr("core.queue.wake", lambda task, deck_id: woken.append(deck_id))
    first, second = upload(cast), upload(cast)
    with slot("decks") as mine:
        assert mine and not decks.render_deck(deck_id=first.public_id)
    assert decks.render_deck(deck_id=first.public_id)
    assert woken == [second.public_id]
    second.refresh_from_db()
    assert (second.state, second.attempts) == (Deck.DeckState.RENDERING, 0)


def test_a_deck_that_never_ends_fails_at_once_and_for_good(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = make_bomb()
    deck = decks.add_deck(conference=cast.session.conference, title="x", data=bomb, by=None, now=now())
    monkeypatch.setattr(pdf, "ANSWER_LIMIT_S", 2.0)
    decks.render_deck(deck_id=deck.public_id)
    deck.refresh_from_db()
    assert (deck.state, deck.error_code, deck.attempts) == (Deck.DeckState.FAILED, "deck.broken", 1)
