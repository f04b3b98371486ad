"""A seat belongs to one page at a time, and to its page again when that comes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from conference import live, sweep
from conference.database import in_database
from conference.models import ChatMessage, Seat
from conference.services.seats import Beat
from conference.signals import seat_heartbeats, seat_joined, seat_left
from core.clock import now
from people.permissions import Role
from tests.factories.conference import make_user, summon
from tests.realtime.conference.conftest import Stage
from tests.support.pages import Page, sign_in


async def seat_of(page: Page) -> Seat:
    assert page.welcome is not None
    return await in_database(Seat.objects.get, public_id=page.welcome.seat)


async def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The process's clock work, as it would be done in so many seconds."""
    with monkeypatch.context() as patched:
        patched.setattr(sweep, "now", lambda: now() + dt.timedelta(seconds=seconds))
        await live.current().tick()


async def second_tab(stage: Stage, page: str | None = None) -> Page:
    tab = stage.keep(Page(stage.session_id, await in_database(sign_in, stage.cast.operator), page))
    await tab.connect()
    return tab


async def test_a_second_tab_is_refused_until_it_takes_over(stage: Stage) -> None:
    first = await stage.open(stage.cast.operator)
    second = await second_tab(stage)
    assert (await second.hello())["code"] == "seat.occupied"
    assert (await first.say("heartbeat", number=1))["type"] == "alive"

    welcome = await second.hello(take_over=True)
    assert first.welcome is not None
    assert welcome["seat"] == first.welcome.seat
    assert (await first.event("seat.taken"))["type"] == "seat.taken"
    assert await first.until_closed() == 4410
    assert stage.plane.dropped == [(stage.session_id, first.welcome.seat)]
    assert (await seat_of(second)).online


async def test_a_page_that_reloads_comes_back_into_its_seat_unnoticed(stage: Stage) -> None:
    chair, first = await stage.open(stage.cast.chair), await stage.open(stage.cast.operator)
    await chair.event("seats.changed")
    await first.close()
    again = await second_tab(stage, page=first.page)
    assert (await again.hello())["type"] == "welcome"
    assert (await chair.say("heartbeat", number=1))["type"] == "alive"
    assert not [m for m in chair.messages if m["type"] == "seats.changed" and not all(s["online"] for s in m["seats"])]
    assert stage.plane.dropped == []


async def test_the_old_socket_of_the_same_page_is_closed_without_telling_it_that_the_seat_is_taken(stage: Stage) -> None:
    first = await stage.open(stage.cast.operator)
    again = await second_tab(stage, page=first.page)
    assert (await again.hello())["type"] == "welcome"
    assert await first.until_closed() == 4410
    assert not [m for m in first.messages if m["type"] == "seat.taken"]
    assert (await again.say("heartbeat", number=1))["type"] == "alive"


async def test_a_seat_whose_socket_broke_is_empty_after_the_grace(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    chair, site = await stage.open(stage.cast.chair), await stage.open(stage.cast.operator)
    assert site.welcome is not None
    await chair.event("seats.changed")
    await site.close()
    await later(monkeypatch, 5)
    assert (await seat_of(site)).online
    await later(monkeypatch, 12)
    event = await chair.event("seats.changed")
    assert [(seat["id"], seat["online"]) for seat in event["seats"]] == [(site.welcome.seat, False)]
    assert stage.plane.dropped == [(stage.session_id, site.welcome.seat)]


async def test_a_silent_page_keeps_its_lease_for_45_seconds(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    site = await stage.open(stage.cast.operator)
    await later(monkeypatch, 40)
    assert (await seat_of(site)).online
    await later(monkeypatch, 50)
    assert not (await seat_of(site)).online


async def test_floor_and_place_in_the_queue_stay_for_a_lost_page_but_its_screen_goes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    chair, site = await stage.open(stage.cast.chair), await stage.open(stage.cast.operator)
    presenter = await stage.open(stage.cast.presenter)
    assert site.welcome is not None and chair.snapshot is not None
    await chair.say("session.to", state="live")
    await chair.say("floor.grant", seat=site.welcome.seat)
    assert (await presenter.say("content.screen"))["type"] == "ok"
    await chair.shows(lambda s: s.program.content.kind == "screen")
    await presenter.close()
    await site.close()
    await later(monkeypatch, 12)
    await chair.shows(lambda s: s.program.content.kind == "none")
    assert chair.snapshot.program.floor.holder == site.welcome.seat


async def test_who_says_goodbye_leaves_at_once_without_floor_or_request(stage: Stage) -> None:
    chair, site = await stage.open(stage.cast.chair), await stage.open(stage.cast.operator)
    delegate = await stage.open(stage.cast.delegate)
    assert site.welcome is not None and chair.snapshot is not None
    await chair.say("session.to", state="live")
    await chair.say("floor.grant", seat=site.welcome.seat)
    await delegate.say("floor.request")
    for page in (site, delegate):
        assert (await page.say("leave"))["type"] == "ok"
        assert await page.until_closed() == 1000
    await chair.say("resync")
    online = {seat.id: seat.online for seat in chair.snapshot.seats}
    assert not online[site.welcome.seat]
    assert (chair.snapshot.program.floor.holder, chair.snapshot.program.floor.queue) == (None, [])
    assert (stage.session_id, site.welcome.seat) in stage.plane.dropped


async def test_what_was_said_in_the_moment_of_closing_is_still_done(stage: Stage) -> None:
    site = await stage.open(stage.cast.operator)
    await site.send("chat.send", text="Chào các đồng chí", room="all")
    await site.send("leave")
    await site.close()
    assert not (await seat_of(site)).online
    assert await in_database(lambda: [message.text for message in ChatMessage.objects.all()]) == ["Chào các đồng chí"]


async def test_a_page_that_slept_sits_again_at_its_heartbeat(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    site = await stage.open(stage.cast.operator)
    await later(monkeypatch, 50)
    assert not (await seat_of(site)).online
    assert (await site.say("heartbeat", number=7))["number"] == 7
    assert (await seat_of(site)).online


async def test_a_page_that_slept_yields_to_the_one_that_came_meanwhile(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    site = await stage.open(stage.cast.operator)
    await later(monkeypatch, 50)
    other = await second_tab(stage)
    assert (await other.hello())["type"] == "welcome"
    await site.send("heartbeat", number=1)
    assert await site.until_closed() == 4410
    assert site.messages[-1]["type"] == "seat.taken"


async def test_joining_beating_and_leaving_are_told_to_those_who_keep_records(stage: Stage) -> None:
    heard: list[tuple[str, Any]] = []

    def joined(sender: Any, seat: Seat, page: str, at: dt.datetime, **_: Any) -> None:
        heard.append(("joined", page))

    def beat(sender: Any, beats: list[Beat], **_: Any) -> None:
        heard.extend(("beat", (beat.page, beat.number, beat.media_flowing)) for beat in beats)

    def left(sender: Any, seat: Seat, page: str, at: dt.datetime, reason: str, **_: Any) -> None:
        heard.append((reason, page))

    for signal, receiver in ((seat_joined, joined), (seat_heartbeats, beat), (seat_left, left)):
        signal.connect(receiver, weak=False)
    try:
        first = await stage.open(stage.cast.operator)
        await first.say("heartbeat", number=3, media_flowing=True)
        second = await second_tab(stage)
        await second.hello(take_over=True)
        await second.say("leave")
        await second.until_closed()
    finally:
        for signal, receiver in ((seat_joined, joined), (seat_heartbeats, beat), (seat_left, left)):
            signal.disconnect(receiver)
    assert heard == [
        ("joined", first.page),
        ("beat", (first.page, 3, True)),
        ("taken", first.page),
        ("joined", second.page),
        ("left", second.page),
    ]


async def test_every_invited_site_has_a_seat_before_it_comes(stage: Stage) -> None:
    chair = await stage.open(stage.cast.chair)
    assert chair.snapshot is not None
    seats = {(seat.role, seat.name): (seat.kind, seat.hub, seat.online) for seat in chair.snapshot.seats}
    assert seats["site_operator", "Huyện Hòn Đất"] == ("site", False, False)
    assert seats["presenter", "Nguyễn Thị Hạnh"] == ("person", True, False)
    assert seats["chair", "Lê Văn Đức"] == ("person", True, True)


async def test_a_second_chair_takes_over_only_when_the_first_is_away(stage: Stage) -> None:
    deputy = await in_database(make_user, "Trần Minh Khôi")
    await in_database(summon, stage.cast.session, deputy, Role.CHAIR)
    first, second = await stage.open(stage.cast.chair), await stage.open(deputy)
    assert first.welcome is not None and second.welcome is not None and second.snapshot is not None
    assert second.snapshot.program.chair == first.welcome.seat
    await first.say("leave")
    again = await stage.open(deputy, page=second.page)
    assert again.snapshot is not None and again.snapshot.program.chair == second.welcome.seat


async def test_chair_and_presenter_take_their_part_when_they_come(stage: Stage) -> None:
    presenter, chair = await stage.open(stage.cast.presenter), await stage.open(stage.cast.chair)
    assert chair.welcome is not None and chair.snapshot is not None and presenter.welcome is not None
    assert chair.snapshot.program.chair == chair.welcome.seat
    assert chair.snapshot.program.presenter == presenter.welcome.seat
