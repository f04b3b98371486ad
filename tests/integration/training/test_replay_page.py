"""The page of a recording: its links, moments, slides, sharing, and the broadcast that becomes a replay."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from conference.domain.program import Program
from conference.domain.program import State as SessionState
from conference.models import ProgramEntry, Session
from conference.services import recording as recording_services
from core.clock import from_ms
from media import services
from media.models import Chapter, Recording
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_deck, make_session, make_user, summon
from tests.factories.media import ZERO_MS, write_status
from training.replay.selectors import slides_of

pytestmark = pytest.mark.django_db
PLAYLIST = "#EXTM3U\n#EXTINF:2.0,\nseg-00001.m4s\n"
JSON = {"Accept": "application/json"}


@pytest.fixture
def session() -> Session:
    return make_session(state=SessionState.LIVE, started_at=timezone.now())


@pytest.fixture
def recording(session: Session, data_dir: Path) -> Recording:
    """One that is being made; nothing of it is on disk yet."""
    found = services.start_recording(session=session.public_id, title="Phiên")
    Session.objects.filter(pk=session.pk).update(recording_id=found.public_id)
    session.refresh_from_db()
    return found


@pytest.fixture
def person(session: Session) -> User:
    return summon(session, make_user(), Role.VIEWER).person


@pytest.fixture
def client(person: User) -> Client:
    found = Client()
    found.force_login(person)
    return found


@pytest.fixture
def url(session: Session) -> str:
    return f"/phien/{session.public_id}/xem-lai/"


def write_segment(recording: Recording, state: str = "live") -> None:
    write_status(recording, state=state)
    hls = recording.folder / "hls"
    hls.mkdir(exist_ok=True)
    (hls / "index.m3u8").write_text(PLAYLIST)
    (hls / "seg-00001.m4s").write_bytes(b"x" * 1000)


def finish(recording: Recording) -> None:
    Recording.objects.filter(pk=recording.pk).update(state=Recording.State.DONE, duration_ms=100_000)
    recording.refresh_from_db()


# Links ----------------------------------------------------------------------------------------------------------------
def test_links_when_renewed_are_good_in_this_login_and_for_these_files(client: Client, recording: Recording, url: str) -> None:
    write_segment(recording)
    finish(recording)
    (recording.folder / "thumbs").mkdir()
    (recording.folder / "thumbs" / "index.vtt").write_text("WEBVTT\n")
    answer = client.get(f"{url}lien-ket/", headers=JSON)
    assert answer.headers["Cache-Control"] == "no-store"
    media = answer.json()
    assert (media["state"], media["audio"], media["lasts_s"]) == ("done", None, 900)
    assert client.get(media["master"]).status_code == 200
    assert client.get(media["thumbnails"]).headers["Content-Type"] == "text/vtt; charset=utf-8"
    client.logout()
    answer = client.get(f"{url}lien-ket/", headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "core.not_signed_in")


def test_download_when_asked_for_leads_to_a_link_that_is_made_then(
    client: Client, recording: Recording, url: str, settings: Any
) -> None:
    finish(recording)
    assert client.get(f"{url}tai-ve/", headers=JSON).json()["error"]["code"] == "playback.no_download"
    recording.folder.mkdir(parents=True)
    (recording.folder / "video.mp4").write_bytes(b"mp4")
    page = client.get(url).content.decode()
    assert f'href="{url}tai-ve/"' in page
    assert "video.mp4" not in page, "no address of the file stands in the page"
    answer = client.get(f"{url}tai-ve/", follow=True)
    assert answer.headers["Content-Disposition"].startswith("attachment")


# Moments and sharing --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("asked", "start_ms"), [("?t=1m15s", 75_000), ("?t=1:15", 75_000), ("?t=nonsense", None), ("", None)])
def test_page_when_a_moment_is_asked_for(
    client: Client, recording: Recording, url: str, asked: str, start_ms: int | None
) -> None:
    finish(recording)
    config = client.get(url + asked).context["config"]
    assert config["start_ms"] == start_ms
    assert config["start_text"] == asked.removeprefix("?t="), "the page says what it could not read"


def test_qr_when_it_is_of_a_moment_is_another_code(client: Client, recording: Recording, url: str) -> None:
    whole, moment = client.get(f"{url}ma-qr.svg"), client.get(f"{url}ma-qr.svg?t=75")
    for code in (whole, moment):
        assert code.headers["Content-Type"] == "image/svg+xml"
        assert b"viewBox" in code.content
    assert whole.content != moment.content
    assert whole.content == client.get(f"{url}ma-qr.svg?t=nonsense").content


# Slides ---------------------------------------------------------------------------------------------------------------
def test_slides_come_from_the_program_and_their_pictures_go_to_who_may_watch(
    client: Client, recording: Recording, session: Session, url: str, data_dir: Path
) -> None:
    deck = make_deck(session.conference, title="Bài chiếu")
    pages = data_dir / "uploads" / "decks" / deck.public_id
    pages.mkdir(parents=True, exist_ok=True)
    for number in (1, 2, 3):
        Image.new("RGB", (1600, 900), "white").save(pages / f"{number}.png")
    marks = [
        services.ChapterMark(0, "Khai mạc"),
        services.ChapterMark(10_000, "Bài chiếu", Chapter.Kind.SLIDE, f"{deck.public_id}/1"),
        services.ChapterMark(20_000, "Bài chiếu", Chapter.Kind.SLIDE, f"{deck.public_id}/2"),
        services.ChapterMark(30_000, "", Chapter.Kind.SLIDE),
        services.ChapterMark(40_000, "Thảo luận"),
        services.ChapterMark(41_000, "Huyện Hòn Đất", Chapter.Kind.SPEAKER),
    ]
    finish(recording)
    services.set_chapters(recording=recording, chapters=marks)
    page = client.get(url)
    slides = page.context["slides"]
    assert [(slide["time"], slide["end_ms"], slide["title"]) for slide in slides] == [
        ("00:10", 20_000, "Bài chiếu, trang 1"),
        ("00:20", 30_000, "Bài chiếu, trang 2"),
    ]
    assert [(each.key, len(each.rows)) for each in page.context["contents"]] == [("program", 2), ("speakers", 1), ("slides", 2)]
    picture = client.get(slides[0]["picture"])
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (480, 270)
    assert "immutable" in picture.headers["Cache-Control"]
    assert client.get(slides[0]["picture"]).content == picture.content
    assert client.get(slides[0]["picture"].replace("/1.jpg", "/3.jpg")).status_code == 404, "it was not shown"


def test_chapters_when_the_recording_is_finished_hold_the_slides(recording: Recording, session: Session) -> None:
    deck = make_deck(session.conference, title="Bài chiếu")
    live = Program().to_state(SessionState.LIVE, at_ms=ZERO_MS)
    shown = [live.show_deck(deck.public_id, pages=3, page=page, seat="p") for page in (1, 2)]
    for seq, program in enumerate([live, *shown, shown[-1].clear_content()], 1):
        at = from_ms(ZERO_MS + (seq - 1) * 5_000)
        ProgramEntry.objects.create(session=session, seq=seq, at=at, kind="test", program=program.dump())
    finish(recording)
    Recording.objects.filter(pk=recording.pk).update(zero_at=from_ms(ZERO_MS))
    recording.refresh_from_db()
    recording_services.recording_changed(recording=recording, now=timezone.now())
    slides = recording.chapters.filter(kind=Chapter.Kind.SLIDE).values_list("at_ms", "title", "ref")
    assert list(slides) == [
        (5_000, "Bài chiếu", f"{deck.public_id}/1"),
        (10_000, "Bài chiếu", f"{deck.public_id}/2"),
        (15_000, "", ""),
    ]
    assert [(slide.at_ms, slide.end_ms) for slide in slides_of(recording)] == [(5_000, 10_000), (10_000, 15_000)]


# Live -----------------------------------------------------------------------------------------------------------------
def test_page_when_nothing_is_recorded_yet_waits(client: Client, session: Session, url: str) -> None:
    assert "chưa bắt đầu" in client.get(url).content.decode()
    assert client.get(f"{url}cho/").headers.get("HX-Refresh") is None


def test_page_when_it_is_being_recorded_plays_what_there_is_and_becomes_the_replay(
    client: Client, recording: Recording, session: Session, url: str
) -> None:
    assert "config" not in client.get(url).context
    assert client.get(f"{url}cho/").headers.get("HX-Refresh") is None
    write_segment(recording)
    assert client.get(f"{url}cho/").headers["HX-Refresh"] == "true"
    config = client.get(url).context["config"]
    assert (config["live"], config["state"]) == (True, "live")
    assert "hls/index.m3u8" in client.get(config["master"]).content.decode()
    services.close_recording(recording=recording.public_id)
    assert client.get(config["links"], headers=JSON).json()["state"] == "closing"
    assert client.get(url).context["config"]["live"]
    finish(recording)
    assert client.get(config["links"], headers=JSON).json()["state"] == "done"
    assert not client.get(url).context["config"]["live"]


def test_session_when_it_runs_leads_to_the_broadcast(client: Client, recording: Recording, session: Session, url: str) -> None:
    assert f'href="{url}"' in client.get(f"/phien/{session.public_id}/").content.decode()
    assert f'"watchUrl": "{url}"' in client.get(f"/hop/{session.public_id}/").content.decode()
    Session.objects.update(state=SessionState.OPEN)
    assert f'href="{url}"' not in client.get(f"/phien/{session.public_id}/").content.decode()
