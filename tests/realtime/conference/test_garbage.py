"""What a page may send without hurting anybody, itself included."""

from __future__ import annotations

import json

import pytest

from conference import consumer
from conference.domain.rate import Bucket, Buckets
from conference.protocol import MAX_MESSAGE_BYTES
from tests.realtime.conference.conftest import Stage
from tests.support.pages import Page


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "protocol.bad_json"),
        ("[" * 100_000, "protocol.bad_json"),
        ("null", "protocol.unknown_type"),
        ("[]", "protocol.unknown_type"),
        ('"hello"', "protocol.unknown_type"),
        ("{}", "protocol.unknown_type"),
        ('{"type": "session.destroy"}', "protocol.unknown_type"),
        ('{"type": "floor.grant"}', "protocol.bad_message"),
        ('{"type": "floor.grant", "seat": "x", "extra": 1}', "protocol.bad_message"),
        ('{"type": "content.deck", "deck": "x", "page": 0}', "protocol.bad_message"),
        ('{"type": "chat.send", "text": ""}', "protocol.bad_message"),
        ('{"type": "chat.send", "text": "' + "x" * MAX_MESSAGE_BYTES + '"}', "protocol.too_large"),
        ('{"type": "chat.send", "text": "\\ud800"}', "protocol.bad_message"),
        ('{"type": "chat.send", "text": "x", "ref": "abc\\n"}', "protocol.bad_message"),
    ],
)
async def test_garbage_gets_its_code_and_the_connection_lives_on(stage: Stage, text: str, code: str) -> None:
    page = await stage.open(stage.cast.delegate)
    await page.socket.send_to(text_data=text)
    assert (await page.event("error"))["code"] == code
    assert (await page.say("heartbeat", number=1))["type"] == "alive"


async def test_binary_frames_are_refused(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    await page.socket.send_to(bytes_data=b"\x00\x01")
    assert (await page.event("error"))["code"] == "protocol.not_text"


async def test_a_refusal_carries_the_ref_where_it_can_be_made_out(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    await page.socket.send_to(text_data=json.dumps({"type": "floor.grant", "ref": "abc"}))
    assert (await page.event("error"))["ref"] == "abc"
    await page.socket.send_to(text_data=json.dumps({"type": "floor.grant", "ref": "no ref\n"}))
    assert (await page.event("error"))["ref"] is None


async def test_a_page_that_sends_nothing_but_garbage_is_closed(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    for _ in range(40):
        await page.socket.send_to(text_data="garbage")
    assert await page.until_closed() == 4422


async def test_a_page_that_floods_is_closed(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    for number in range(120):
        await page.send("heartbeat", number=number)
    assert await page.until_closed() == 4429
    assert page.messages[-1]["code"] == "protocol.too_fast"


@pytest.mark.parametrize("text", ["\u200b", " \u2060\ufeff ", "\u3164", "\u00ad"])
async def test_a_message_that_shows_nothing_is_refused(stage: Stage, text: str) -> None:
    page = await stage.open(stage.cast.delegate)
    assert (await page.say("chat.send", text=text))["code"] == "chat.empty"
    assert (await page.say("chat.send", text="👍🏽"))["type"] == "ok"


async def test_fast_chat_is_slowed_down_without_closing(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    for _ in range(10):
        await page.send("chat.send", text="Xin chào")
    assert (await page.event("error"))["code"] == "chat.too_fast"
    assert (await page.say("heartbeat", number=1))["type"] == "alive"
    await page.shows(lambda s: len(s.chat) == 6)


async def test_who_comes_again_is_as_fast_as_before(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    sent = [await page.say("chat.send", text="Xin chào") for _ in range(6)]
    assert [answer["type"] for answer in sent] == ["ok"] * 6
    other = await stage.come(stage.cast.delegate)
    assert (await other.hello(take_over=True))["type"] == "welcome"
    assert (await other.say("chat.send", text="Xin chào"))["code"] == "chat.too_fast"


async def test_a_seat_is_not_moved_to_and_fro_without_end(stage: Stage) -> None:
    await stage.open(stage.cast.delegate)
    answers = []
    for _ in range(10):
        answers.append(await (await stage.come(stage.cast.delegate)).hello(take_over=True))
    assert [answer["type"] for answer in answers] == ["welcome"] * 6 + ["error"] * 4
    assert answers[-1]["code"] == "seat.moved_too_often"
    assert (await (await stage.open(stage.cast.chair)).say("heartbeat", number=1))["type"] == "alive"


async def test_who_says_hello_without_end_is_sent_away_for_a_while(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    for _ in range(45):
        again = stage.keep(Page(stage.session_id, page.cookie, page.page))
        await again.connect()
        answer = await again.hello()
        if answer["type"] == "error":
            break
    assert (answer["code"], answer["ref"]) == ("protocol.too_fast", None)
    assert await again.until_closed() == 4429


def test_the_longest_unused_bucket_is_forgotten() -> None:
    buckets = Buckets(burst=1, per_s=0, bound=2)
    assert [buckets.take(asker, 0.0) for asker in "aab"] == [True, False, True]
    assert not buckets.take("a", 1.0)
    assert buckets.take("c", 2.0)  # b is forgotten
    assert (buckets.take("a", 3.0), buckets.take("b", 3.0)) == (False, True)


async def test_a_bug_in_one_command_does_not_end_the_connection(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await stage.open(stage.cast.delegate)

    def broken(**_: object) -> None:
        raise ZeroDivisionError("secret detail")

    with monkeypatch.context() as patched:
        patched.setattr("conference.commands.program.request_floor", broken)
        answer = await page.say("floor.request")
    assert (answer["code"], "secret" in answer["text"]) == ("core.internal", False)
    assert (await page.say("heartbeat", number=1))["type"] == "alive"


async def test_a_page_that_never_says_hello_is_closed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from conference.database import in_database
    from tests.support.pages import Page, sign_in

    monkeypatch.setattr(consumer, "HELLO_TIMEOUT_S", 0.05)
    page = stage.keep(Page(stage.session_id, await in_database(sign_in, stage.cast.chair)))
    await page.connect()
    assert await page.until_closed() == consumer.TOO_SLOW


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = Bucket(burst=2, per_s=1)
    assert [bucket.take(t) for t in (0, 0, 0, 0.5, 1.0, 1.0, 10, 10, 10)] == [
        True, True, False, False, True, False, True, True, False,
    ]  # fmt: skip
