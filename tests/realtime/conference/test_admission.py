"""Who may come in, and who must go."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.models import Session as Login

from conference.database import in_database
from conference.models import ChatMessage, RosterEntry
from core.ids import new_id
from people.models import User
from tests.factories.conference import make_user
from tests.realtime.conference.conftest import Stage
from tests.support.pages import Page, sign_in


async def refused(page: Page) -> tuple[str, int]:
    """Code of the error that the page got, and the code with which it was closed."""
    await page.connect()
    code = await page.until_closed()
    return page.messages[-1]["code"], code


async def test_a_page_is_told_to_sign_in_when_there_is_no_login(stage: Stage) -> None:
    assert await refused(stage.keep(Page(stage.session_id, None))) == ("core.not_signed_in", 4401)


async def test_a_page_is_told_to_sign_in_when_its_cookie_is_made_up(stage: Stage) -> None:
    assert await refused(stage.keep(Page(stage.session_id, "x" * 32))) == ("core.not_signed_in", 4401)


async def test_somebody_who_is_not_summoned_is_refused(stage: Stage) -> None:
    stranger = await in_database(make_user)
    page = stage.keep(Page(stage.session_id, await in_database(sign_in, stranger)))
    assert await refused(page) == ("session.not_summoned", 4403)


async def test_a_session_that_does_not_exist_is_named(stage: Stage) -> None:
    page = stage.keep(Page(new_id(), await in_database(sign_in, stage.cast.chair)))
    assert await refused(page) == ("session.not_found", 4404)


@pytest.mark.parametrize(
    ("origin", "comes_in"),
    [
        ("http://localhost:8000", True),
        ("http://LOCALHOST:8000", True),
        ("http://localhost:9000", False),
        ("http://localhost", False),
        ("http://127.0.0.1:8000", False),
        ("https://evil.example", False),
        ("https://evil.example:8000", False),
        ("http://localhost:8000@evil.example", False),
        ("https://hop.example", True),
        ("http://localhost:port", False),
        ("null", False),
        (None, False),
    ],
)
async def test_a_page_of_another_site_or_port_gets_no_socket(
    stage: Stage, settings: Any, origin: str | None, comes_in: bool
) -> None:
    from deploy.asgi import application

    settings.CSRF_TRUSTED_ORIGINS = ["https://hop.example"]
    cookie = await in_database(sign_in, stage.cast.chair)
    headers = [(b"host", b"localhost:8000"), (b"cookie", f"sessionid={cookie}".encode())]
    headers += [(b"origin", origin.encode())] if origin is not None else []
    socket = WebsocketCommunicator(application, f"/ws/session/{stage.session_id}/", headers=headers)
    connected, _ = await socket.connect()
    assert connected is comes_in
    await socket.disconnect()


async def test_a_socket_to_nowhere_is_refused(stage: Stage) -> None:
    from deploy.asgi import application

    headers = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]
    connected, _ = await WebsocketCommunicator(application, "/ws/session/../", headers=headers).connect()
    assert not connected


async def test_an_administrator_helps_as_a_technician_without_being_summoned(stage: Stage) -> None:
    admin = await in_database(make_user, platform_role=User.PlatformRole.ADMIN)
    page = await stage.open(admin)
    assert page.welcome is not None and page.snapshot is not None
    assert next(s.role for s in page.snapshot.seats if s.id == page.welcome.seat) == "technician"


async def test_a_page_of_another_version_is_told_to_reload(stage: Stage) -> None:
    page = stage.keep(Page(stage.session_id, await in_database(sign_in, stage.cast.chair)))
    await page.connect()
    assert (await page.hello(version=99))["code"] == "protocol.version"
    assert await page.until_closed() == 4422


async def test_nothing_is_done_before_hello_and_hello_is_said_once(stage: Stage) -> None:
    page = stage.keep(Page(stage.session_id, await in_database(sign_in, stage.cast.chair)))
    await page.connect()
    assert (await page.say("session.to", state="live"))["code"] == "protocol.hello_first"
    assert (await page.hello())["type"] == "welcome"
    assert (await page.hello())["code"] == "protocol.hello_again"


@pytest.mark.parametrize("how", ["signed out", "password changed", "switched off"])
async def test_a_page_is_closed_at_its_next_heartbeat_when_its_login_is_gone(stage: Stage, how: str) -> None:
    page = await stage.open(stage.cast.delegate)

    def end_login() -> None:
        person = stage.cast.delegate
        if how == "signed out":
            Login.objects.all().delete()
        elif how == "password changed":
            person.set_password("mot-mat-khau-khac")
            person.save()
        else:
            User.objects.filter(pk=person.pk).update(is_active=False)

    await in_database(end_login)
    await page.send("heartbeat", number=1)
    assert await page.until_closed() == 4401
    assert page.messages[-1]["code"] == "core.not_signed_in"


async def test_a_page_can_do_nothing_more_once_its_login_is_gone(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    await in_database(Login.objects.all().delete)
    await page.send("chat.send", text="Xin chào")
    assert await page.until_closed() == 4401
    assert not await in_database(ChatMessage.objects.exists)


@pytest.mark.parametrize("said", [{"type_": "chat.send", "text": "Xin chào"}, {"type_": "heartbeat", "number": 1}])
async def test_a_page_is_closed_when_its_person_is_taken_off_the_roster(stage: Stage, said: dict[str, Any]) -> None:
    page = await stage.open(stage.cast.delegate)
    await in_database(RosterEntry.objects.filter(person=stage.cast.delegate).delete)
    await page.send(**said)
    assert await page.until_closed() == 4403
    assert page.messages[-1]["code"] == "session.not_summoned"
    assert not await in_database(ChatMessage.objects.exists)


async def test_errors_are_in_the_language_of_the_person(stage: Stage) -> None:
    await in_database(User.objects.filter(pk=stage.cast.operator.pk).update, language="en")
    english, vietnamese = await stage.open(stage.cast.operator), await stage.open(stage.cast.delegate)
    assert (await english.say("floor.yield"))["text"] == "You do not have the floor."
    assert (await vietnamese.say("floor.yield"))["text"] == "Đồng chí chưa có quyền phát biểu."
