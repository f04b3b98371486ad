"""Every command of a page: which action it needs, and what does it. The consumer knows how to talk, not what is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from conference import protocol as p
from conference.domain.program import State
from conference.models import ChatMessage, Seat
from conference.services import chat, program
from core.clock import now
from core.errors import NotAllowed
from media.plane import MediaPlane
from people.models import User
from people.permissions import Action


@dataclass(frozen=True)
class Caller:
    """Who says a command: a person, through a page that holds a seat."""

    session_id: str
    user: User
    seat: Seat


Write = Callable[[Caller, Any], None]
"""Runs in the database's thread, in one transaction of its own."""
Reply = p.UpAnswer | p.DownOffer | None
Media = Callable[[Caller, Any, MediaPlane], Awaitable[Reply]]


@dataclass(frozen=True)
class Spec:
    """How a command is done. The connection itself does those that have neither ``write`` nor ``media``."""

    action: Action | Callable[[Any], Action]
    write: Write | None = None
    media: Media | None = None

    def action_of(self, message: p.Command) -> Action:
        return self.action if isinstance(self.action, Action) else self.action(message)


async def _publish(caller: Caller, message: p.UpOffer, plane: MediaPlane) -> Reply:
    answer = await plane.publish(caller.session_id, caller.seat.public_id, message.sdp)
    return p.UpAnswer(ref=message.ref, sdp=answer)


async def _subscribe(caller: Caller, message: p.DownStart, plane: MediaPlane) -> Reply:
    return p.DownOffer(ref=message.ref, sdp=await plane.subscribe(caller.session_id, caller.seat.public_id))


async def _subscribed(caller: Caller, message: p.DownAnswer, plane: MediaPlane) -> Reply:
    await plane.subscribed(caller.session_id, caller.seat.public_id, message.sdp)
    return None


def _go_to(c: Caller, m: p.SessionTo) -> None:
    program.go_to(session_id=c.session_id, state=State(m.state), by=c.seat, now=now())


def _start_item(c: Caller, m: p.AgendaStart) -> None:
    program.start_item(session_id=c.session_id, item_id=m.item, by=c.seat, now=now())


def _set_presenter(c: Caller, m: p.PresenterSet) -> None:
    program.set_presenter(session_id=c.session_id, seat_id=m.seat, by=c.seat, now=now())


def _pin(c: Caller, m: p.SpeakerPin) -> None:
    program.pin_speaker(session_id=c.session_id, seat_id=m.seat, by=c.seat, now=now())


def _request(c: Caller, m: p.FloorRequest) -> None:
    program.request_floor(session_id=c.session_id, by=c.seat, now=now())


def _withdraw(c: Caller, m: p.FloorWithdraw) -> None:
    program.withdraw_floor(session_id=c.session_id, by=c.seat, now=now())


def _yield(c: Caller, m: p.FloorYield) -> None:
    program.yield_floor(session_id=c.session_id, by=c.seat, now=now())


def _grant(c: Caller, m: p.FloorGrant) -> None:
    program.grant_floor(session_id=c.session_id, seat_id=m.seat, by=c.seat, now=now())


def _refuse(c: Caller, m: p.FloorRefuse) -> None:
    program.refuse_floor(session_id=c.session_id, seat_id=m.seat, by=c.seat, now=now())


def _move(c: Caller, m: p.FloorMove) -> None:
    program.move_request(session_id=c.session_id, seat_id=m.seat, to=m.to, by=c.seat, now=now())


def _recall(c: Caller, m: p.FloorRecall) -> None:
    program.recall_floor(session_id=c.session_id, by=c.seat, now=now())


def _show_deck(c: Caller, m: p.ContentDeck) -> None:
    program.show_deck(session_id=c.session_id, deck_id=m.deck, page=m.page, by=c.seat, now=now())


def _show_screen(c: Caller, m: p.ContentScreen) -> None:
    program.show_screen(session_id=c.session_id, by=c.seat, now=now())


def _clear(c: Caller, m: p.ContentClear) -> None:
    program.clear_content(session_id=c.session_id, by=c.seat, now=now())


def _chat(c: Caller, m: p.ChatSend) -> None:
    chat.post(session_id=c.session_id, by=c.seat, room=ChatMessage.Room(m.room), text=m.text, now=now())


def _chat_action(message: p.ChatSend) -> Action:
    return Action.CHAT_TECHNICIANS if message.room == "technicians" else Action.CHAT_ALL


COMMANDS: dict[str, Spec] = {
    "hello": Spec(Action.SESSION_JOIN),
    "heartbeat": Spec(Action.SESSION_JOIN),
    "resync": Spec(Action.SESSION_JOIN),
    "leave": Spec(Action.SESSION_JOIN),
    "up.offer": Spec(Action.MEDIA_PUBLISH, media=_publish),
    "down.start": Spec(Action.SESSION_JOIN, media=_subscribe),
    "down.answer": Spec(Action.SESSION_JOIN, media=_subscribed),
    "session.to": Spec(Action.SESSION_RUN, _go_to),
    "agenda.start": Spec(Action.AGENDA_RUN, _start_item),
    "presenter.set": Spec(Action.FLOOR_MANAGE, _set_presenter),
    "speaker.pin": Spec(Action.FLOOR_MANAGE, _pin),
    "floor.request": Spec(Action.FLOOR_REQUEST, _request),
    "floor.withdraw": Spec(Action.FLOOR_REQUEST, _withdraw),
    "floor.yield": Spec(Action.FLOOR_REQUEST, _yield),
    "floor.grant": Spec(Action.FLOOR_MANAGE, _grant),
    "floor.refuse": Spec(Action.FLOOR_MANAGE, _refuse),
    "floor.move": Spec(Action.FLOOR_MANAGE, _move),
    "floor.recall": Spec(Action.FLOOR_MANAGE, _recall),
    "content.deck": Spec(Action.CONTENT_PRESENT, _show_deck),
    "content.screen": Spec(Action.CONTENT_PRESENT, _show_screen),
    "content.clear": Spec(Action.CONTENT_PRESENT, _clear),
    "chat.send": Spec(_chat_action, _chat),
}


def check(message: p.Command, abilities: Collection[str]) -> None:
    """Whether who has these abilities may say ``message``. Raises NotAllowed."""
    if COMMANDS[message.type].action_of(message).value not in abilities:
        raise NotAllowed


def check_and_write(caller: Caller, message: p.Command, abilities: Collection[str]) -> None:
    """Permission, then the change."""
    check(message, abilities)
    write = COMMANDS[message.type].write
    assert write is not None
    write(caller, message)
