"""Events on their way to pages: their order, and presence told together."""

from __future__ import annotations

import json
from typing import Any

from conference.gathering import WAIT_S, Gathering, Told
from conference.groups import PUSH, Push


def said(seq: int) -> Push:
    return {"type": PUSH, "seq": seq, "text": f"event {seq}"}


def came(seq: int, *seats: str, online: bool = True) -> Push:
    views: list[dict[str, Any]] = [
        {"id": id_, "name": id_, "caption": "", "kind": "person", "role": "delegate", "hub": False, "online": online}
        for id_ in seats
    ]
    return {"type": PUSH, "seq": seq, "seats": views}


def filled(*pushes: Push, at_s: float = 0.0) -> Gathering:
    gathering = Gathering()
    for push in pushes:
        gathering.add(push, at_s)
    return gathering


def seats_of(told: Told) -> dict[str, bool]:
    return {seat["id"]: seat["online"] for seat in json.loads(told.text)["seats"]}


def numbers(told: list[Told]) -> list[tuple[int, int]]:
    return [(each.first, each.seq) for each in told]


def test_an_event_leaves_at_once() -> None:
    gathering = filled(said(4))
    assert gathering.take(0.0) == [Told(4, 4, "event 4")]
    assert gathering.take(9.0) == [] and gathering.due_s is None


def test_presence_waits_and_is_told_together_with_the_last_word_on_each_seat() -> None:
    gathering = filled(came(4, "a", "b"))
    gathering.add(came(5, "a", online=False), 0.1)
    assert gathering.take(WAIT_S - 0.01) == [] and gathering.due_s == WAIT_S
    (told,) = gathering.take(WAIT_S)
    assert (told.first, told.seq, seats_of(told)) == (4, 5, {"a": False, "b": True})
    assert json.loads(told.text)["type"] == "seats.changed"


def test_any_other_event_takes_along_what_waits_before_it() -> None:
    gathering = filled(came(4, "a"), came(5, "b"), said(6), came(7, "c"), said(8))
    assert numbers(gathering.take(0.0)) == [(4, 5), (6, 6), (7, 7), (8, 8)]


def test_an_event_that_overtook_another_waits_for_it() -> None:
    gathering = filled(said(4))
    gathering.take(0.0)
    gathering.add(said(6), 1.0)
    assert gathering.take(1.0) == []
    gathering.add(said(5), 1.1)
    assert numbers(gathering.take(1.1)) == [(5, 5), (6, 6)]


def test_an_event_that_never_comes_is_not_waited_for_longer_than_presence_is() -> None:
    gathering = filled(came(4, "a"))
    gathering.take(WAIT_S)
    gathering.add(came(6, "b"), 1.0)
    gathering.add(came(7, "c"), 1.1)
    assert gathering.take(1.2) == []
    assert numbers(gathering.take(1.0 + WAIT_S)) == [(6, 7)], "never as if it stood for the one that is missing"
    gathering.add(said(5), 2.0)
    assert gathering.take(9.0) == []


def test_what_comes_twice_is_told_once() -> None:
    gathering = filled(came(4, "a"), came(4, "a"))
    assert numbers(gathering.take(WAIT_S)) == [(4, 4)]
    gathering.add(came(4, "a"), 1.0)
    assert gathering.due_s is None


def test_what_only_some_may_read_keeps_its_two_texts() -> None:
    gathering = filled({**said(4), "needs": "chat.technicians", "otherwise": "nothing"})
    assert gathering.take(0.0) == [Told(4, 4, "event 4", "chat.technicians", "nothing")]
