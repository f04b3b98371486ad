"""The reducer: one event, one change."""

from __future__ import annotations

import pytest

from conference import view
from conference.links import Links
from conference.protocol import ChatPosted, ChatView, DeckChanged, DeckView, SeatsChanged, SeatView, Snapshot
from media.plane import LinkQuality, PeerConnected, PeerSilent, PictureState


def snapshot(**changes: object) -> Snapshot:
    nothing = {
        "seq": 5,
        "session": {"id": "s", "title": "t", "conference": "c", "rehearsal": False, "planned_start_ms": 0, "module_url": None},
        "program": {
            "state": "open", "chair": None, "presenter": None, "pinned": None, "speaker": None, "voices": [],
            "floor": {"holder": None, "since_ms": None, "queue": []},
            "content": {"kind": "none", "deck": None, "page": None, "pages": None, "seat": None},
            "agenda_item": None, "agenda_since_ms": None, "agenda_done": [], "started_ms": None, "ended_ms": None,
        },
        "seats": [], "agenda": [], "decks": [], "chat": [],
        "recording": {"state": "off", "code": None, "replay_url": None},
    }  # fmt: skip
    return Snapshot.model_validate({**nothing, **changes})


def seat(id_: str, *, online: bool = True) -> SeatView:
    return SeatView(id=id_, name=id_, caption="", kind="person", role="delegate", hub=False, online=online)


def changed(seq: int, *seats: SeatView, first: int | None = None) -> SeatsChanged:
    return SeatsChanged(first=first or seq, seq=seq, seats=list(seats))


def deck(id_: str, state: str = "rendering") -> DeckView:
    return DeckView.model_validate(
        {"id": id_, "title": id_, "state": state, "pages": 3, "page_url": "/{page}.png", "error": None}
    )


def test_an_event_that_is_known_changes_nothing() -> None:
    before = snapshot()
    assert view.apply(before, changed(5, seat("a"))) == before


def test_a_missing_event_is_a_gap() -> None:
    with pytest.raises(view.Gap):
        view.apply(snapshot(), changed(7, seat("a")))


def test_an_event_for_several_numbers_is_applied_by_whoever_knows_those_before() -> None:
    after = view.apply(snapshot(), changed(9, seat("a"), first=6))
    assert (after.seq, [s.id for s in after.seats]) == (9, ["a"])
    assert view.apply(snapshot(), changed(9, seat("a"), first=3)) == after
    with pytest.raises(view.Gap):
        view.apply(snapshot(), changed(9, seat("a"), first=7))


def test_seats_stay_sorted_and_are_replaced_in_their_place() -> None:
    after = view.apply(snapshot(seats=[seat("b").model_dump()]), changed(6, seat("a")))
    after = view.apply(after, changed(7, seat("b", online=False)))
    assert [(s.id, s.online) for s in after.seats] == [("a", True), ("b", False)]


def test_decks_keep_the_order_in_which_they_came() -> None:
    after = snapshot(decks=[deck("z").model_dump(), deck("a").model_dump()])
    after = view.apply(after, DeckChanged(seq=6, deck=deck("z", "ready")))
    after = view.apply(after, DeckChanged(seq=7, deck=deck("b")))
    assert [(d.id, d.state) for d in after.decks] == [("z", "ready"), ("a", "rendering"), ("b", "rendering")]


def test_chat_keeps_its_last_hundred_and_a_hidden_message_only_counts() -> None:
    after = snapshot(seq=0)
    for number in range(1, 121):
        message = ChatView(id=f"m{number}", seat="a", room="all", text=str(number), at_ms=number)
        after = view.apply(after, ChatPosted(seq=number, message=message if number % 2 else None))
    assert after.seq == 120 and len(after.chat) == 60
    for number in range(121, 221):
        message = ChatView(id=f"m{number}", seat="a", room="all", text=str(number), at_ms=number)
        after = view.apply(after, ChatPosted(seq=number, message=message))
    assert (len(after.chat), after.chat[0].text, after.chat[-1].text) == (100, "121", "220")


def test_a_link_is_put_together_from_what_the_plane_says_and_forgotten_when_it_is_gone() -> None:
    links = Links()
    links.after(PeerConnected(session="s", at_ms=1, peer="a", direction="up"))
    shown = PictureState(slot="speaker", layer="h", width=640, height=360, bps=7, why="line")
    said = LinkQuality(session="s", at_ms=2, peer="a", rtt_ms=30, up_bps=9, down_bps=8, sending=("mic",), pictures=(shown,))
    link = links.after(said)
    assert [picture.model_dump() for picture in link.pictures] == [shown.model_dump()]
    assert (link.up, link.down, link.rtt_ms, link.up_bps, link.sending) == (True, False, 30, 9, ["mic"])
    link = links.after(PeerSilent(session="s", at_ms=3, peer="a", direction="up", gone=False))
    assert (link.up, link.up_bps, link.sending, link.down_bps) == (False, 0, [], 8)
    links.forget("s", "a")
    assert links.after(PeerConnected(session="s", at_ms=4, peer="a", direction="down")).rtt_ms is None
