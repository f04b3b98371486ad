"""The media plane follows the program, and pages hear what it says."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import OperationalError

from conference import live, sweep
from conference.database import in_database
from conference.live import Live
from conference.models import AgendaItem, Session
from conference.protocol import VERSION
from core.clock import now, to_ms
from media.models import Recording
from media.plane import (
    LinkQuality,
    NodeStarted,
    PeerConnected,
    PeerSilent,
    Program,
    RecordingFinished,
    RecordingStarted,
    RecordingTrouble,
)
from tests.factories.conference import make_deck, make_item
from tests.realtime.conference.conftest import Stage

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RETRY_S", 0.01)


async def test_the_plane_gets_page_plate_and_recording_of_the_program(stage: Stage) -> None:
    deck = await in_database(make_deck, stage.cast.session.conference)
    chair, presenter = await stage.open(stage.cast.chair), await stage.open(stage.cast.presenter)
    assert presenter.welcome is not None
    await chair.say("session.to", state="open")
    program = await stage.plane.program_where(stage.session_id, lambda p: p.note != "" and p.state == "waiting")
    assert program.recording is None
    await chair.say("session.to", state="live")
    await presenter.say("content.deck", deck=deck.public_id, page=2)
    program = await stage.plane.program_where(stage.session_id, lambda p: p.content.kind == "deck")
    session = await in_database(Session.objects.get, public_id=stage.session_id)
    assert program.content.image is not None and program.content.image.endswith(f"/decks/{deck.public_id}/2.png")
    assert program.recording == session.recording_id != ""
    plate = program.plates[presenter.welcome.seat]
    assert (plate.name, plate.caption) == ("Nguyễn Thị Hạnh", "Báo cáo viên · Tỉnh ủy Kiên Giang")


async def test_nobody_is_seen_or_heard_in_a_break_while_the_recording_runs_on(stage: Stage) -> None:
    chair = await stage.open(stage.cast.chair)
    await chair.say("session.to", state="live")
    await chair.say("session.to", state="break")
    program = await stage.plane.program_where(stage.session_id, lambda p: p.state == "break")
    assert (program.speaker, program.voices, program.content.kind) == (None, (), "none")
    assert program.recording
    assert program.until_ms is None


async def test_slates_count_down_to_the_planned_beginning_and_to_the_end_of_the_break(stage: Stage) -> None:
    session = await in_database(Session.objects.get, public_id=stage.session_id)
    pause = await in_database(partial(make_item, session, "Giải lao", kind=AgendaItem.Kind.BREAK, planned_minutes=15))
    chair = await stage.open(stage.cast.chair)
    await chair.say("session.to", state="open")
    program = await stage.plane.program_where(stage.session_id, lambda p: p.state == "waiting" and p.note != "")
    assert program.until_ms == to_ms(session.planned_start)
    await chair.say("session.to", state="live")
    await chair.say("agenda.start", item=pause.public_id)
    await chair.say("session.to", state="break")
    program = await stage.plane.program_where(stage.session_id, lambda p: p.state == "break")
    session = await in_database(Session.objects.get, public_id=stage.session_id)
    assert program.until_ms == session.program["agenda_since_ms"] + 15 * 60_000


async def test_programs_that_the_plane_could_not_take_are_sent_until_it_does(stage: Stage) -> None:
    chair = await stage.open(stage.cast.chair)
    await stage.plane.program_where(stage.session_id, lambda p: True)
    stage.plane.down = True
    assert (await chair.say("session.to", state="live"))["type"] == "ok"
    assert (await chair.say("down.start"))["code"] == "media.unavailable"
    stage.plane.down = False
    assert (await stage.plane.program_where(stage.session_id, lambda p: p.state == "live")).recording


async def test_an_sdp_that_cannot_be_used_is_named(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    assert (await page.say("up.offer", sdp="not an sdp at all"))["code"] == "media.bad_sdp"


async def test_a_new_node_gets_all_programs_and_pages_make_their_media_anew(stage: Stage) -> None:
    chair, site = await stage.open(stage.cast.chair), await stage.open(stage.cast.operator)
    await chair.say("session.to", state="live")
    await site.say("up.offer", sdp=SDP)
    await stage.plane.program_where(stage.session_id, lambda p: p.state == "live")
    stage.plane.programs.clear()
    stage.plane.say(NodeStarted(at_ms=to_ms(now()) + 1000))
    assert (await stage.plane.program_where(stage.session_id, lambda p: True)).state == "live"
    assert await site.event("media.lost")
    assert await chair.event("media.lost")


async def test_a_node_that_is_older_than_this_process_costs_nobody_their_media(stage: Stage) -> None:
    chair = await stage.open(stage.cast.chair)
    await chair.say("session.to", state="live")
    await stage.plane.program_where(stage.session_id, lambda p: p.state == "live")
    stage.plane.programs.clear()
    stage.plane.say(NodeStarted(at_ms=1))
    assert (await stage.plane.program_where(stage.session_id, lambda p: True)).state == "live"
    await chair.say("heartbeat", number=1)
    assert not [m for m in chair.messages if m["type"] == "media.lost"]


async def test_links_are_told_to_their_seat_and_to_those_who_operate(stage: Stage) -> None:
    site, delegate = await stage.open(stage.cast.operator), await stage.open(stage.cast.delegate)
    technician = await stage.open(stage.cast.technician)
    assert site.welcome is not None
    seat = site.welcome.seat
    stage.plane.say(PeerConnected(session=stage.session_id, at_ms=1, peer=seat, direction="up"))
    quality = {"rtt_ms": 28.0, "loss_up": 0.002, "loss_down": 0.0, "up_bps": 900_000, "down_bps": 1_500_000}
    event = LinkQuality(session=stage.session_id, at_ms=2, peer=seat, sending=("mic", "camera"), **quality)  # type: ignore[arg-type]
    stage.plane.say(event)
    for page in (site, technician):
        link = await page.until(lambda m: m["type"] == "link" and m["rtt_ms"] is not None)
        told = {"type": "link", "seat": seat, "up": True, "down": False, "sending": ["mic", "camera"], "pictures": [], **quality}
        assert link == told
    await delegate.say("heartbeat", number=1)
    assert not [m for m in delegate.messages if m["type"] == "link"]


async def test_a_seat_that_the_node_forgot_makes_its_media_anew(stage: Stage) -> None:
    site, technician = await stage.open(stage.cast.operator), await stage.open(stage.cast.technician)
    assert site.welcome is not None
    seat = site.welcome.seat
    stage.plane.say(PeerConnected(session=stage.session_id, at_ms=1, peer=seat, direction="down"))
    stage.plane.say(PeerSilent(session=stage.session_id, at_ms=2, peer=seat, direction="down", gone=False))
    assert (await technician.until(lambda m: m["type"] == "link" and not m["down"]))["seat"] == seat
    stage.plane.say(PeerSilent(session=stage.session_id, at_ms=3, peer=seat, direction="down", gone=True))
    assert await site.event("media.lost")
    await technician.say("heartbeat", number=1)
    assert not [m for m in technician.messages if m["type"] == "media.lost"]


async def test_a_recording_runs_from_the_first_start_to_the_end(stage: Stage) -> None:
    await in_database(make_item, stage.cast.session, "Chuyên đề 1")  # begins with the session
    chair, site = await stage.open(stage.cast.chair), await stage.open(stage.cast.operator)
    assert chair.snapshot is not None and site.welcome is not None
    assert chair.snapshot.recording.state == "off"
    await chair.say("session.to", state="live")
    await chair.shows(lambda s: s.recording.state == "recording")
    recording = (await in_database(Session.objects.get, public_id=stage.session_id)).recording_id
    about = {"session": stage.session_id, "recording": recording}
    stage.plane.say(RecordingStarted(at_ms=1, zero_ms=to_ms(now()) - 500, **about))
    await chair.say("floor.grant", seat=site.welcome.seat)
    for free in (4_800_000_000, 3_000_000_000):
        stage.plane.say(RecordingTrouble(at_ms=2, code="recording.disk_low", free_bytes=free, **about))
        await chair.shows(lambda s, free=free: (s.recording.code, s.recording.free_bytes) == ("recording.disk_low", free))
    stage.plane.say(RecordingTrouble(at_ms=2, code="recording.disk_full", **about))
    await chair.shows(lambda s: (s.recording.code, s.recording.free_bytes) == ("recording.disk_full", None))
    stage.plane.say(RecordingTrouble(at_ms=3, code="recording.disk_full", over=True, **about))
    await chair.shows(lambda s: s.recording.state == "recording")
    await chair.say("session.to", state="break")
    await chair.say("session.to", state="live")
    assert (await in_database(Session.objects.get, public_id=stage.session_id)).recording_id == recording
    await chair.say("session.to", state="ended")
    await chair.shows(lambda s: s.recording.state == "finishing")
    for _ in range(2):  # every web process hears it
        stage.plane.say(RecordingFinished(at_ms=3, duration_ms=61_000, **about))
    await chair.shows(lambda s: s.recording.state == "ready")
    await chair.say("heartbeat", number=1)
    assert len([m for m in chair.messages if m["type"] == "recording.changed" and m["recording"]["state"] == "ready"]) == 1

    def chapters() -> tuple[str, list[tuple[str, str]]]:
        found = Recording.objects.get(public_id=recording)
        return found.state, list(found.chapters.values_list("kind", "title"))

    state, marks = await in_database(chapters)
    assert state == "done"
    assert marks == [("agenda", "Chuyên đề 1"), ("speaker", "Huyện Hòn Đất"), ("break", "Giải lao"), ("agenda", "Chuyên đề 1")]


async def test_a_page_that_wants_to_receive_has_its_offer_behind_the_welcome(stage: Stage) -> None:
    page = await stage.come(stage.cast.delegate)
    await page.send("hello", version=VERSION, page=page.page, receive=True)
    offer = await page.event("down.offer")
    types = [message["type"] for message in page.messages]
    assert types.index("welcome") < types.index("down.offer")
    assert page.welcome is not None and offer == {"type": "down.offer", "ref": None, "sdp": f"v=0 offer for {page.welcome.seat}"}


async def test_without_a_node_it_is_welcome_all_the_same_and_told_to_ask_again(stage: Stage) -> None:
    stage.plane.down = True
    page = await stage.come(stage.cast.delegate)
    await page.send("hello", version=VERSION, page=page.page, receive=True)
    await page.event("welcome")
    await page.event("media.lost")
    assert (await page.say("down.start"))["code"] == "media.unavailable"


async def test_nothing_is_offered_of_a_session_that_is_over(stage: Stage) -> None:
    chair = await stage.open(stage.cast.chair)
    for state in ("live", "ended"):
        await chair.say("session.to", state=state)
    page = await stage.come(stage.cast.delegate)
    await page.send("hello", version=VERSION, page=page.page, receive=True)
    await page.event("welcome")
    await page.say("resync")
    assert "down.offer" not in {message["type"] for message in page.messages}


async def test_the_newest_program_that_is_known_is_sent_and_a_doubt_has_it_read(stage: Stage) -> None:
    chair = await stage.open(stage.cast.chair)
    await chair.say("session.to", state="open")
    newest = await stage.plane.program_where(stage.session_id, lambda p: p.state == "waiting")
    here = Live(stage.plane, tick_s=None)
    older = newest.model_copy(update={"seq": newest.seq - 1})
    here.mark("s", newest)
    here.mark("s", older)
    assert here._dirty == {"s": newest}
    here.mark("s")
    here.mark("s", newest)
    assert here._dirty == {"s": None}


async def test_a_command_that_was_written_is_no_failure_where_the_program_cannot_be_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    chair = await stage.open(stage.cast.chair)
    read, failures = sweep.plane_program_of, [OperationalError("away")]

    def once_away(session_id: str) -> Program | None:
        if failures:
            raise failures.pop()
        return read(session_id)

    await stage.plane.program_where(stage.session_id, lambda p: True)  # what coming in has sent
    monkeypatch.setattr(sweep, "plane_program_of", once_away)
    assert (await chair.say("session.to", state="live"))["type"] == "ok"
    await stage.plane.program_where(stage.session_id, lambda p: p.state == "live")
    assert not failures
