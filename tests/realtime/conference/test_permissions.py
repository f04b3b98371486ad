"""Every command by every role: refused exactly where the matrix says so."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from conference import protocol
from conference.commands import COMMANDS
from conference.database import in_database
from people.permissions import MATRIX, Action, Role
from tests.factories.conference import make_deck, make_item
from tests.realtime.conference.conftest import Stage

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1"
FIELDS: dict[str, dict[str, Any]] = {
    "up.offer": {"sdp": SDP},
    "down.start": {},
    "down.answer": {"sdp": SDP},
    "session.to": {"state": "live"},
    "agenda.start": {"item": "ITEM"},
    "presenter.set": {"seat": None},
    "speaker.pin": {"seat": None},
    "floor.request": {},
    "floor.withdraw": {},
    "floor.yield": {},
    "floor.grant": {"seat": "nobody"},
    "floor.refuse": {"seat": "nobody"},
    "floor.move": {"seat": "nobody", "to": 0},
    "floor.recall": {},
    "content.deck": {"deck": "DECK", "page": 1},
    "content.screen": {},
    "content.clear": {},
    "chat.send": {"text": "Xin chào"},
}
"""A body for every command but those of the connection itself (hello, heartbeat, resync, leave)."""


def types() -> set[str]:
    members = get_args(get_args(protocol.Command)[0])
    return {get_args(member.model_fields["type"].annotation)[0] for member in members}


def test_every_command_is_registered_with_an_action() -> None:
    assert set(COMMANDS) == types()
    assert set(FIELDS) == types() - {"hello", "heartbeat", "resync", "leave"}
    for name in FIELDS:
        assert bool(COMMANDS[name].write) != bool(COMMANDS[name].media), name
        message = protocol.command_adapter.validate_python({"type": name, **FIELDS[name]})
        assert isinstance(COMMANDS[name].action_of(message), Action)


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_say_exactly_the_commands_of_its_row(stage: Stage, role: Role) -> None:
    deck = await in_database(make_deck, stage.cast.session.conference)
    item = await in_database(make_item, stage.cast.session)
    page = await stage.open(stage.cast.people[role])
    allowed, refused = set(), set()
    for name, fields in FIELDS.items():
        known = {"ITEM": item.public_id, "DECK": deck.public_id}
        body = {key: known.get(value, value) if isinstance(value, str) else value for key, value in fields.items()}
        answer = await page.say(name, **body)
        (refused if answer.get("code") == "core.not_allowed" else allowed).add(name)
    expected = {
        name
        for name, fields in FIELDS.items()
        if COMMANDS[name].action_of(protocol.command_adapter.validate_python({"type": name, **fields})) in MATRIX[role]
    }
    assert allowed == expected
    assert refused == set(FIELDS) - expected


@pytest.mark.parametrize("role", Role)
async def test_the_technicians_room_is_for_those_who_may_talk_there(stage: Stage, role: Role) -> None:
    page = await stage.open(stage.cast.people[role])
    answer = await page.say("chat.send", room="technicians", text="Micrô rè")
    may = Action.CHAT_TECHNICIANS in MATRIX[role]
    assert answer["type"] == ("ok" if may else "error")
    assert page.welcome is not None
    assert (Action.CHAT_TECHNICIANS.value in page.welcome.abilities) is may


async def test_a_technicians_message_reaches_only_technicians_and_leaves_no_gap(stage: Stage) -> None:
    site, delegate = await stage.open(stage.cast.operator), await stage.open(stage.cast.delegate)
    technician = await stage.open(stage.cast.technician)
    await site.say("chat.send", room="technicians", text="Micrô rè")
    await site.say("chat.send", text="Xin chào")
    assert technician.snapshot is not None and delegate.snapshot is not None
    for page in (technician, delegate):
        await page.shows(lambda s: any(message.text == "Xin chào" for message in s.chat))
    assert [m.text for m in technician.snapshot.chat] == ["Micrô rè", "Xin chào"]
    assert [m.text for m in delegate.snapshot.chat] == ["Xin chào"]
    assert "Micrô rè" not in str(delegate.messages)
    await delegate.say("resync")
    assert [m.text for m in delegate.snapshot.chat] == ["Xin chào"]
