"""A right that is taken away ends what was done by it, whatever the page says or does not say."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.sessions.models import Session as Login
from django.test import AsyncClient
from django.urls import reverse

from conference import consumer
from conference.database import in_database
from conference.domain.program import Program
from conference.models import ChatMessage, RosterEntry, Seat, Session
from people.models import User
from people.permissions import Role
from tests.realtime.conference.conftest import Stage
from tests.support.pages import Page, sign_in

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1"


async def switch_off(person: User) -> None:
    """As another process's administrator might: nothing tells the pages."""
    await in_database(User.objects.filter(pk=person.pk).update, is_active=False)


async def stand(stage: Stage, person: User, **fields: Any) -> None:
    """The roster says something else of the person, and nobody hears of it."""
    await in_database(RosterEntry.objects.filter(session=stage.cast.session, person=person).update, **fields)


async def keeper(path: str, stage: Stage, *arguments: str, by: Role = Role.SECRETARY, **fields: str) -> None:
    """The secretary, or another one, changes the roster on its page."""
    client = AsyncClient()
    await client.aforce_login(stage.cast.people[by], backend="django.contrib.auth.backends.ModelBackend")
    answer = await client.post(reverse(path, args=[stage.session_id, *arguments]), fields)
    assert answer.status_code == 302


async def summon(stage: Stage, person: User, role: Role, by: Role = Role.SECRETARY) -> None:
    await keeper("session-summon", stage, by=by, person=person.public_id, role=role.value)


async def dismiss(stage: Stage, person: User) -> None:
    await keeper("session-dismiss", stage, person.public_id)


def seat_id(page: Page) -> str:
    assert page.welcome is not None
    return page.welcome.seat


async def online(page: Page) -> bool:
    return (await in_database(Seat.objects.get, public_id=seat_id(page))).online


async def program(stage: Stage) -> Program:
    return Program.load((await in_database(Session.objects.get, public_id=stage.session_id)).program)


def drops(stage: Stage, page: Page) -> list[str | None]:
    """The ways in which the node was told to close the page's media."""
    closed = zip(stage.plane.dropped, stage.plane.dropped_ways, strict=True)
    return [way for peer, way in closed if peer == (stage.session_id, seat_id(page))]


async def on_air(stage: Stage, person: User) -> tuple[Page, Page]:
    """The chair's page and the person's, who has the floor."""
    chair, page = await stage.open(stage.cast.chair), await stage.open(person)
    await chair.say("session.to", state="live")
    assert (await chair.say("floor.grant", seat=seat_id(page)))["type"] == "ok"
    return chair, page


# The hello ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["signed out", "switched off"])
async def test_a_socket_that_waited_is_checked_anew_when_it_says_hello(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(consumer, "FRESH_S", 0.0, raising=False)
    page = await stage.come(stage.cast.delegate)
    assert (await page.say("resync"))["code"] == "protocol.hello_first"
    if how == "signed out":
        await in_database(Login.objects.all().delete)
    else:
        await switch_off(stage.cast.delegate)
    assert (await page.hello(take_over=True)).get("code") == "core.not_signed_in"
    assert await page.until_closed() == 4401
    assert not await in_database(Seat.objects.filter(online=True).exists)


async def test_a_socket_that_says_anything_but_hello_is_closed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "HELLO_TIMEOUT_S", 0.4)
    page = await stage.come(stage.cast.delegate)
    for _ in range(10):
        await page.send("resync")
        await asyncio.sleep(0.1)
    assert await page.until_closed() == consumer.TOO_SLOW
    assert len([message for message in page.messages if message.get("code") == "protocol.hello_first"]) < 8


# The seat -------------------------------------------------------------------------------------------------------------------
async def test_who_is_given_another_seat_leaves_the_first_at_the_heartbeat(stage: Stage) -> None:
    _chair, site = await on_air(stage, stage.cast.operator)
    await stand(stage, stage.cast.operator, role=Role.DELEGATE, site=None)
    await site.send("heartbeat", number=1)
    assert await site.until_closed() == 4411
    assert site.messages[-1]["code"] == "seat.moved"
    assert not await online(site)
    assert drops(stage, site) == [None]
    assert (await program(stage)).floor.holder is None


async def test_who_is_given_another_seat_does_nothing_more_from_the_first(stage: Stage) -> None:
    site = await stage.open(stage.cast.operator)
    await stand(stage, stage.cast.operator, role=Role.DELEGATE, site=None)
    await site.send("chat.send", text="Điểm cầu Hòn Đất xin báo cáo")
    assert await site.until_closed() == 4411
    assert not await in_database(ChatMessage.objects.exists)


async def test_who_is_summoned_into_another_seat_leaves_the_first_at_once_and_gets_the_new_one(stage: Stage) -> None:
    site = await stage.open(stage.cast.operator)
    await summon(stage, stage.cast.operator, Role.DELEGATE)
    assert await site.until_closed() == 4411
    assert not await online(site)
    again = await stage.open(stage.cast.operator, page=site.page)
    assert seat_id(again) != seat_id(site)


# By the clock, and at once --------------------------------------------------------------------------------------------------
async def test_rights_are_looked_at_by_the_clock_where_no_heartbeat_comes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "RIGHTS_S", 0.3, raising=False)
    page = await stage.open(stage.cast.delegate)
    await switch_off(stage.cast.delegate)
    assert await page.until_closed() == 4401
    assert not await online(page)
    assert drops(stage, page) == [None]


async def test_a_page_that_talks_without_heartbeats_is_closed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "SILENCE_TIMEOUT_S", 0.5)
    monkeypatch.setattr(consumer, "RIGHTS_S", 0.1, raising=False)
    page = await stage.open(stage.cast.delegate)
    for _ in range(10):
        await page.send("down.start")
        await asyncio.sleep(0.1)
    assert await page.until_closed() == consumer.TOO_SLOW
    assert len([message for message in page.messages if message["type"] == "down.offer"]) < 9


async def test_nobody_is_told_anything_by_rights_that_cannot_be_looked_at(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "RIGHTS_S", 0.1, raising=False)
    monkeypatch.setattr(consumer, "UNKNOWN_S", 0.5, raising=False)
    monkeypatch.setattr(consumer, "RETRY_S", 0.1, raising=False)
    page = await stage.open(stage.cast.delegate)

    def away(*_: object) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr("conference.presence.login.valid", away)
    assert await page.until_closed() == consumer.GOING_AWAY


@pytest.mark.parametrize("how", ["signed out", "password changed", "switched off"])
async def test_a_page_is_closed_at_once_when_its_login_ends(stage: Stage, how: str) -> None:
    page, other = await stage.open(stage.cast.operator), await stage.open(stage.cast.delegate)
    person = stage.cast.operator

    def end_login() -> None:
        if how == "signed out":
            Login.objects.filter(session_key=page.cookie).delete()
        elif how == "password changed":
            person.set_password("mot-mat-khau-khac")
            person.save()
        else:
            person.is_active = False
            person.save(update_fields=["is_active"])

    await in_database(end_login)
    assert await page.until_closed() == 4401
    assert not await online(page)
    assert (await other.say("heartbeat", number=1))["type"] == "alive"


async def test_who_is_dismissed_is_out_at_once(stage: Stage) -> None:
    _chair, page = await on_air(stage, stage.cast.delegate)
    await dismiss(stage, stage.cast.delegate)
    assert not await online(page)
    assert (await program(stage)).floor.holder is None
    assert None in drops(stage, page)
    assert await page.until_closed() == 4403
    assert page.messages[-1]["code"] == "session.not_summoned"


async def test_who_changes_nothing_for_a_person_closes_no_page(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    await summon(stage, stage.cast.delegate, Role.DELEGATE)
    await summon(stage, stage.cast.people[Role.VIEWER], Role.DELEGATE)
    assert (await page.say("heartbeat", number=1))["type"] == "alive"
    assert drops(stage, page) == []


async def test_an_administrator_who_is_none_any_more_may_no_more(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    await in_database(User.objects.filter(pk=stage.cast.delegate.pk).update, platform_role=User.PlatformRole.ADMIN)
    await page.say("heartbeat", number=1)
    assert (await page.say("session.to", state="live"))["type"] == "ok"
    await in_database(User.objects.filter(pk=stage.cast.delegate.pk).update, platform_role=User.PlatformRole.MEMBER)
    assert (await page.say("session.to", state="break"))["code"] == "core.not_allowed"


# On air ---------------------------------------------------------------------------------------------------------------------
async def test_a_speaker_who_may_only_watch_from_now_is_off_the_air_at_the_heartbeat(stage: Stage) -> None:
    _chair, page = await on_air(stage, stage.cast.delegate)
    await stand(stage, stage.cast.delegate, role=Role.VIEWER)
    await page.say("heartbeat", number=1)
    assert seat_id(page) not in (await program(stage)).on_air
    assert drops(stage, page) == ["up"]
    assert (await page.say("up.offer", sdp=SDP))["code"] == "core.not_allowed"
    assert await online(page)


async def test_a_speaker_who_is_summoned_to_watch_is_off_the_air_at_once(stage: Stage) -> None:
    _chair, page = await on_air(stage, stage.cast.delegate)
    await summon(stage, stage.cast.delegate, Role.VIEWER)
    assert seat_id(page) not in (await program(stage)).on_air
    assert "up" in drops(stage, page)
    assert await online(page)


async def test_a_presenter_who_may_only_watch_presents_no_more(stage: Stage) -> None:
    presenter = await stage.open(stage.cast.presenter)
    assert (await program(stage)).presenter == seat_id(presenter)
    assert (await presenter.say("content.screen"))["type"] == "ok"
    await summon(stage, stage.cast.presenter, Role.VIEWER)
    assert seat_id(presenter) not in (await program(stage)).on_air


async def test_a_chair_who_is_summoned_as_a_delegate_chairs_no_more(stage: Stage) -> None:
    chair = await stage.open(stage.cast.chair)
    await summon(stage, stage.cast.chair, Role.DELEGATE, by=Role.TECHNICIAN)
    assert (await program(stage)).chair is None
    assert (await chair.say("heartbeat", number=1))["type"] == "alive"


async def test_a_secretary_makes_nobody_chair_and_dismisses_none_while_the_session_runs(stage: Stage) -> None:
    chair, page = await on_air(stage, stage.cast.delegate)
    secretary = stage.cast.people[Role.SECRETARY]
    for person in (secretary, stage.cast.delegate):
        await summon(stage, person, Role.CHAIR)
    await summon(stage, stage.cast.chair, Role.VIEWER)
    await dismiss(stage, stage.cast.chair)
    people = (secretary, stage.cast.delegate, stage.cast.chair)
    assert [await in_database(stage.cast.session.role_of, person) for person in people] == [
        Role.SECRETARY,
        Role.DELEGATE,
        Role.CHAIR,
    ]
    for each in (chair, page):
        assert (await each.say("heartbeat", number=1))["type"] == "alive"


async def test_a_login_in_another_browser_is_no_matter_of_the_first(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    other = await in_database(sign_in, stage.cast.delegate)
    await in_database(Login.objects.filter(session_key=other).delete)
    assert (await page.say("heartbeat", number=1))["type"] == "alive"
