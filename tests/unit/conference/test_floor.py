"""The floor, by examples and by whatever order of commands hypothesis can think of."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.domain.floor import Floor, Request
from conference.domain.program import Program, State
from core.errors import Conflict

SEATS = st.sampled_from(["a", "b", "c", "d"])
STEP = st.one_of(
    st.tuples(st.just("request"), SEATS),
    st.tuples(st.just("withdraw"), SEATS),
    st.tuples(st.just("grant"), SEATS),
    st.tuples(st.just("yield_"), SEATS),
    st.tuples(st.just("recall"), st.none()),
    st.tuples(st.just("move"), SEATS),
    st.tuples(st.just("without"), SEATS),
)


def take(floor: Floor, name: str, seat: str | None, at_ms: int) -> Floor:
    arguments = () if seat is None else (seat,)
    times = {"at_ms": at_ms} if name in ("request", "grant") else {"to": at_ms % 5} if name == "move" else {}
    result: Floor = getattr(floor, name)(*arguments, **times)
    return result


@given(st.lists(STEP, max_size=40))
def test_a_seat_holds_or_waits_once_whatever_is_commanded(steps: list[tuple[str, str | None]]) -> None:
    floor = Floor()
    for at_ms, (name, seat) in enumerate(steps):
        before = floor
        with suppress(Conflict):
            floor = take(floor, name, seat, at_ms)
        waiting = [request.seat for request in floor.queue]
        assert len(set(waiting)) == len(waiting)
        assert floor.holder not in waiting
        assert (floor.holder is None) == (floor.since_ms is None)
        gone = {r.seat for r in before.queue} - set(waiting)
        assert gone <= {seat}, "only the seat that is spoken of leaves the queue"


@given(st.lists(SEATS, unique=True), st.data())
def test_moving_keeps_everybody_and_the_order_of_the_others(seats: list[str], data: st.DataObject) -> None:
    floor = Floor(queue=tuple(Request(seat, n) for n, seat in enumerate(seats)))
    if not seats:
        return
    moved, to = data.draw(st.sampled_from(seats)), data.draw(st.integers(-3, 10))
    after = [request.seat for request in floor.move(moved, to=to).queue]
    assert after.index(moved) == max(0, min(to, len(seats) - 1))
    assert [s for s in after if s != moved] == [s for s in seats if s != moved]


@given(st.lists(st.tuples(st.sampled_from(["request", "grant", "presenter", "chair", "leave", "yield"]), SEATS), max_size=30))
def test_chair_and_presenter_never_wait_or_hold(steps: list[tuple[str, str]]) -> None:
    program = Program(state=State.LIVE)
    for at_ms, (name, seat) in enumerate(steps):
        with suppress(Conflict):
            program = {
                "request": lambda s, p=program, t=at_ms: p.request_floor(s, at_ms=t),
                "grant": lambda s, p=program, t=at_ms: p.grant_floor(s, at_ms=t),
                "presenter": lambda s, p=program: p.with_presenter(s),
                "chair": lambda s, p=program: p.with_chair(s),
                "leave": lambda s, p=program: p.without(s),
                "yield": lambda s, p=program: p.yield_floor(s),
            }[name](seat)
        part = {program.chair, program.presenter} - {None}
        assert not part & {program.floor.holder, *(request.seat for request in program.floor.queue)}
        assert len(program.voices) <= 3


@pytest.mark.parametrize(
    ("floor", "step", "code"),
    [
        (Floor(holder="a", since_ms=1), lambda f: f.request("a", at_ms=2), "floor.already_holder"),
        (Floor(queue=(Request("a", 1),)), lambda f: f.request("a", at_ms=2), "floor.already_waiting"),
        (Floor(), lambda f: f.withdraw("a"), "floor.not_in_queue"),
        (Floor(holder="a", since_ms=1), lambda f: f.grant("a", at_ms=2), "floor.already_holder"),
        (Floor(holder="a", since_ms=1), lambda f: f.yield_("b"), "floor.not_holder"),
        (Floor(), lambda f: f.recall(), "floor.nobody"),
        (Floor(), lambda f: f.move("a", to=0), "floor.not_in_queue"),
    ],
)
def test_a_step_that_is_not_possible_has_its_code(floor: Floor, step: object, code: str) -> None:
    assert callable(step)
    with pytest.raises(Conflict) as refused:
        step(floor)
    assert refused.value.code == code


def test_granting_takes_the_floor_from_the_one_who_had_it() -> None:
    floor = Floor().request("a", at_ms=1).request("b", at_ms=2).grant("a", at_ms=3).grant("b", at_ms=4)
    assert floor == Floor(holder="b", since_ms=4)
    assert floor.grant("invited", at_ms=5).holder == "invited"
    assert floor.recall() == Floor()
