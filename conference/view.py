"""What a page does with events, said once in Python: the reducer that tests hold against a fresh snapshot. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from conference.protocol import (
    AgendaChanged,
    ChatPosted,
    ChatView,
    DeckChanged,
    DeckView,
    Event,
    ProgramChanged,
    RecordingChanged,
    SeatsChanged,
    SeatView,
    Snapshot,
)

CHAT_KEPT = 100
"""How many chat messages a snapshot holds; a page that goes on listening keeps as many."""


class Gap(Exception):
    """An event is not the one that follows: ask for a new snapshot."""


def apply(snapshot: Snapshot, event: Event) -> Snapshot:
    """The snapshot after ``event``. An event that the snapshot knows already changes nothing; raises :class:`Gap` where one
    between is missing."""
    if event.seq <= snapshot.seq:
        return snapshot
    first = event.first if isinstance(event, SeatsChanged) else event.seq
    if first > snapshot.seq + 1:
        raise Gap(f"{snapshot.seq} is followed by {first}")
    return snapshot.model_copy(update={"seq": event.seq, **_changes(snapshot, event)})


def _changes(snapshot: Snapshot, event: Event) -> dict[str, object]:
    match event:
        case ProgramChanged():
            return {"program": event.program}
        case SeatsChanged():
            return {"seats": _with_seats(snapshot.seats, event.seats)}
        case DeckChanged():
            return {"decks": _with_deck(snapshot.decks, event.deck)}
        case AgendaChanged():
            return {"agenda": event.agenda}
        case ChatPosted():
            return {"chat": _with_chat(snapshot.chat, event.message)}
        case RecordingChanged():
            return {"recording": event.recording}


def _with_seats(seats: Sequence[SeatView], changed: Sequence[SeatView]) -> list[SeatView]:
    known = {seat.id: seat for seat in (*seats, *changed)}
    return sorted(known.values(), key=lambda seat: seat.id)


def _with_deck(decks: Sequence[DeckView], deck: DeckView) -> list[DeckView]:
    """Decks stand in the order in which they were uploaded; a new one comes last."""
    if any(d.id == deck.id for d in decks):
        return [deck if d.id == deck.id else d for d in decks]
    return [*decks, deck]


def _with_chat(chat: Sequence[ChatView], message: ChatView | None) -> list[ChatView]:
    return list(chat) if message is None else [*chat, message][-CHAT_KEPT:]
