"""What gets lost on the way comes back."""

from __future__ import annotations

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError

from conference import groups, live
from conference.database import in_database
from conference.services import chat
from core.clock import now
from tests.realtime.conference.conftest import Stage


async def say_unheard(stage: Stage, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Somebody chats through another process, and the channel layer loses the event."""
    seat = await in_database(lambda: stage.cast.session.seats.first())
    assert seat is not None

    with monkeypatch.context() as patched:
        patched.setattr(groups, "_on_commit", lambda *_: None)
        await in_database(chat.post, session_id=stage.session_id, by=seat, room="all", text=text, now=now())  # type: ignore[arg-type]


async def test_a_page_that_sees_a_gap_asks_and_has_everything(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    page, other = await stage.open(stage.cast.delegate), await stage.open(stage.cast.operator)
    assert page.snapshot is not None
    await other.say("heartbeat", number=1)
    await page.event("seats.changed")
    await say_unheard(stage, monkeypatch, "mất")
    await other.send("chat.send", text="đến")
    with pytest.raises(Exception, match="is followed by"):
        await page.event("chat.posted")
    await page.say("resync")
    assert [message.text for message in page.snapshot.chat] == ["mất", "đến"]


async def test_a_page_that_heard_nothing_is_given_a_new_snapshot_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await stage.open(stage.cast.delegate)
    assert page.snapshot is not None
    await say_unheard(stage, monkeypatch, "mất")
    await live.current().tick()  # an event may be under way
    await live.current().tick()
    assert (await page.event("resynced"))["ref"] is None
    assert [message.text for message in page.snapshot.chat] == ["mất"]
    await live.current().tick()
    await page.say("heartbeat", number=1)
    assert len([m for m in page.messages if m["type"] == "resynced"]) == 1


async def test_an_event_that_comes_twice_or_late_is_passed_on_once(stage: Stage) -> None:
    page = await stage.open(stage.cast.delegate)
    assert page.snapshot is not None
    layer = get_channel_layer()
    assert layer is not None
    old = {"type": groups.PUSH, "seq": page.snapshot.seq, "text": '{"type": "old"}'}
    await layer.group_send(groups.session_group(stage.session_id), old)
    await page.say("chat.send", text="Xin chào")
    await page.shows(lambda snapshot: bool(snapshot.chat))
    assert not [m for m in page.messages if m["type"] == "old"]
    assert [message.text for message in page.snapshot.chat] == ["Xin chào"]


async def test_nothing_is_sent_when_the_transaction_is_undone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await stage.open(stage.cast.delegate)
    assert page.snapshot is not None
    before = page.snapshot.seq

    def fails(self: object) -> None:
        raise RuntimeError("a defect")

    def full(self: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("conference.services.change.Change.save", fails)
        assert (await page.say("chat.send", text="Xin chào"))["code"] == "core.internal"
        patched.setattr("conference.services.change.Change.save", full)
        assert (await page.say("chat.send", text="Xin chào"))["code"] == "core.disk_full"
    await page.say("resync")
    assert (page.snapshot.seq, page.snapshot.chat) == (before, [])
