"""The program: every step of the session, who is heard, who is seen."""

from __future__ import annotations

import itertools

import pytest

from conference.domain.program import SESSION_MACHINE, Content, ContentKind, Program, State
from core.errors import Conflict, Invalid

ALLOWED = {
    (State.SCHEDULED, State.OPEN),
    (State.SCHEDULED, State.LIVE),
    (State.OPEN, State.LIVE),
    (State.OPEN, State.ENDED),
    (State.LIVE, State.BREAK),
    (State.LIVE, State.ENDED),
    (State.BREAK, State.LIVE),
    (State.BREAK, State.ENDED),
}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(State, State)))
def test_a_session_takes_exactly_the_steps_of_its_table(old: State, new: State) -> None:
    program = Program(state=old)
    if (old, new) in ALLOWED:
        assert program.to_state(new, at_ms=5).state is new
    else:
        with pytest.raises(Conflict, match=r"session\.wrong_state"):
            program.to_state(new, at_ms=5)
    assert SESSION_MACHINE.allows(old, new) is ((old, new) in ALLOWED)


def test_the_clock_starts_with_the_first_start_only() -> None:
    program = Program().to_state(State.LIVE, at_ms=100).to_state(State.BREAK, at_ms=200).to_state(State.LIVE, at_ms=300)
    assert program.started_ms == 100


def test_what_was_written_before_the_end_was_noted_is_still_read() -> None:
    written = Program(state=State.ENDED, started_ms=1).dump()
    del written["ended_ms"]
    assert Program.load(written) == Program(state=State.ENDED, started_ms=1)


def test_the_end_clears_floor_content_pin_and_agenda() -> None:
    program = (
        Program(chair="c", presenter="p")
        .to_state(State.LIVE, at_ms=1)
        .start_item("i", at_ms=2, presenter=None)
        .grant_floor("s", at_ms=3)
        .request_floor("t", at_ms=4)
        .show_screen("p")
        .pin("t")
        .to_state(State.ENDED, at_ms=9)
    )
    assert program == Program(state=State.ENDED, chair="c", presenter="p", started_ms=1, ended_ms=9, agenda_done=("i",))


@pytest.mark.parametrize(
    ("program", "speaker"),
    [
        (Program(), None),
        (Program(chair="c"), "c"),
        (Program(chair="c", presenter="p"), "p"),
        (Program(state=State.LIVE, chair="c", presenter="p").grant_floor("s", at_ms=1), "s"),
        (Program(state=State.LIVE, chair="c", presenter="p").grant_floor("s", at_ms=1).pin("x"), "x"),
        (Program(state=State.LIVE, chair="c", presenter="p").pin("x").grant_floor("s", at_ms=1), "s"),
    ],
)
def test_the_main_picture_shows_pin_then_floor_then_presenter_then_chair(program: Program, speaker: str | None) -> None:
    assert program.speaker == speaker


@pytest.mark.parametrize(
    ("program", "beside"),
    [
        (Program(state=State.LIVE, chair="c", presenter="p"), ()),
        (Program(state=State.LIVE, chair="c").grant_floor("s", at_ms=1), ()),
        (Program(state=State.LIVE, chair="c", presenter="p").grant_floor("s", at_ms=1), ("p",)),
        (Program(state=State.LIVE, chair="c", presenter="p").grant_floor("s", at_ms=1).pin("x"), ()),
    ],
)
def test_the_presenter_stands_beside_whoever_else_has_the_floor(program: Program, beside: tuple[str, ...]) -> None:
    assert program.beside == beside


@pytest.mark.parametrize("state", State)
def test_nobody_is_heard_unless_the_session_is_open_or_live(state: State) -> None:
    program = Program(state=state, chair="c", presenter="p")
    assert program.voices == (("p", "c") if state in (State.OPEN, State.LIVE) else ())


def test_nobody_is_heard_twice_and_nobody_without_a_part() -> None:
    program = Program(state=State.LIVE, chair="c", presenter="c").grant_floor("s", at_ms=1).request_floor("w", at_ms=2)
    assert program.voices == ("s", "c")
    assert program.pin("x").on_air == {"s", "c", "x"}
    assert program.show_screen("k").on_air == {"s", "c", "k"}


@pytest.mark.parametrize("state", [State.SCHEDULED, State.ENDED])
def test_floor_and_agenda_rest_while_the_session_does_not_run(state: State) -> None:
    program = Program(state=state)
    for step in (
        lambda: program.request_floor("s", at_ms=1),
        lambda: program.grant_floor("s", at_ms=1),
        lambda: program.start_item("i", at_ms=1, presenter=None),
    ):
        with pytest.raises(Conflict, match=r"session\.not_running"):
            step()


@pytest.mark.parametrize("part", ["chair", "presenter"])
def test_chair_and_presenter_need_no_floor(part: str) -> None:
    program = Program(state=State.LIVE, **{part: "s"})
    for step in (lambda: program.request_floor("s", at_ms=1), lambda: program.grant_floor("s", at_ms=1)):
        with pytest.raises(Conflict, match=r"floor\.not_needed"):
            step()


def test_who_becomes_presenter_gives_floor_and_request_back() -> None:
    live = Program(state=State.LIVE)
    assert live.grant_floor("s", at_ms=1).with_presenter("s").floor == live.floor
    assert live.request_floor("s", at_ms=1).with_presenter("s").floor == live.floor
    assert live.request_floor("s", at_ms=1).with_chair("s").floor == live.floor
    assert live.grant_floor("t", at_ms=1).with_presenter("s").floor.holder == "t"


def test_an_agenda_item_brings_its_presenter_or_leaves_the_one_who_is() -> None:
    program = Program(state=State.LIVE, presenter="p").start_item("i", at_ms=7, presenter=None)
    assert (program.presenter, program.agenda_item, program.agenda_since_ms) == ("p", "i", 7)
    assert program.start_item("j", at_ms=8, presenter="q").presenter == "q"


def test_an_agenda_item_that_ran_is_done_until_it_is_opened_again() -> None:
    program = Program(state=State.LIVE).start_item("i", at_ms=1, presenter=None).start_item("j", at_ms=2, presenter=None)
    assert program.agenda_done == ("i",)
    assert program.start_item("j", at_ms=3, presenter=None).agenda_done == ("i",)
    again = program.start_item("i", at_ms=3, presenter=None)
    assert (again.agenda_item, again.agenda_done) == ("i", ("j",))


def test_a_program_stored_before_it_knew_what_was_done_is_loaded() -> None:
    kept = Program(state=State.LIVE).start_item("i", at_ms=1, presenter=None).dump()
    del kept["agenda_done"]
    assert Program.load(kept).agenda_done == ()


@pytest.mark.parametrize("page", [-1, 0, 4])
def test_a_page_that_the_deck_has_not_is_refused(page: int) -> None:
    with pytest.raises(Invalid, match=r"content\.no_such_page"):
        Program().show_deck("d", pages=3, page=page, seat="p")


def test_pages_are_shown_until_the_session_has_ended() -> None:
    shown = Program().show_deck("d", pages=3, page=3, seat="p")
    assert shown.content == Content(ContentKind.DECK, deck="d", page=3, pages=3, seat="p")
    assert shown.clear_content() == Program()
    with pytest.raises(Conflict, match=r"session\.ended"):
        Program(state=State.ENDED).show_deck("d", pages=3, page=1, seat="p")
    with pytest.raises(Conflict, match=r"session\.ended"):
        Program(state=State.ENDED).show_screen("p")


def test_a_lost_page_takes_only_its_screen_along() -> None:
    program = Program(state=State.LIVE, presenter="p").show_screen("s").grant_floor("s", at_ms=1)
    assert program.without_screen_of("p") == program
    lost = program.without_screen_of("s")
    assert (lost.content, lost.floor.holder) == (Content(), "s")


def test_who_says_goodbye_leaves_nothing_behind_but_the_part_they_have() -> None:
    program = Program(state=State.LIVE, presenter="p").grant_floor("s", at_ms=1).pin("s").show_screen("s")
    assert program.without("s") == Program(state=State.LIVE, presenter="p")
    assert program.without("p") == program


def test_a_stored_program_is_the_same_when_loaded() -> None:
    program = (
        Program(chair="c", presenter="p")
        .to_state(State.LIVE, at_ms=1)
        .start_item("h", at_ms=2, presenter=None)
        .start_item("i", at_ms=2, presenter=None)
        .grant_floor("s", at_ms=3)
        .request_floor("t", at_ms=4)
        .show_deck("d", pages=9, page=4, seat="p")
        .pin("t")
    )
    assert Program.load(program.dump()) == program
    assert Program.load({}) == Program()
