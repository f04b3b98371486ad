"""Chapters are the history, read again."""

from __future__ import annotations

from conference.domain.chapters import Chapter, Names, Step, chapters_of
from conference.domain.program import Program, State

NAMES = Names(
    items={"i1": "Khai mạc", "i2": "Chuyên đề 1"}, seats={"s1": "Huyện Hòn Đất"}, decks={"d1": "Bài chiếu 1"}, pause="Giải lao"
)


def history(*programs: Program, every_ms: int = 100) -> list[Step]:
    return [Step(every_ms * (number + 1), program) for number, program in enumerate(programs)]


def test_chapters_follow_agenda_breaks_speakers_and_slides() -> None:
    live = Program().to_state(State.LIVE, at_ms=1)
    first = live.start_item("i1", at_ms=2, presenter=None)
    deck = first.show_deck("d1", pages=9, page=1, seat="p")
    turned = deck.show_deck("d1", pages=9, page=2, seat="p")
    spoken = turned.grant_floor("s1", at_ms=5)
    paused = spoken.yield_floor("s1").to_state(State.BREAK, at_ms=6)
    again = paused.to_state(State.LIVE, at_ms=7)
    second = again.start_item("i2", at_ms=8, presenter=None)
    steps = history(live, first, deck, turned, spoken, paused, again, second, second.clear_content(), every_ms=1000)
    assert chapters_of(steps, NAMES) == [
        Chapter(2000, "Khai mạc", "agenda"),
        Chapter(3000, "Bài chiếu 1", "slide", "d1/1"),
        Chapter(4000, "Bài chiếu 1", "slide", "d1/2"),
        Chapter(5000, "Huyện Hòn Đất", "speaker"),
        Chapter(6000, "Giải lao", "break"),
        Chapter(6000, "", "slide"),
        Chapter(7000, "Khai mạc", "agenda"),
        Chapter(7000, "Bài chiếu 1", "slide", "d1/2"),
        Chapter(8000, "Chuyên đề 1", "agenda"),
        Chapter(9000, "", "slide"),
    ]


def test_pages_that_were_only_turned_over_are_no_slides() -> None:
    live = Program().to_state(State.LIVE, at_ms=1)
    pages = [live.show_deck("d1", pages=9, page=page, seat="p") for page in (1, 2, 3)]
    shown = chapters_of([Step(at, page) for at, page in zip((0, 400, 900), pages, strict=True)], NAMES)
    assert shown == [Chapter(900, "Bài chiếu 1", "slide", "d1/3")]


def test_what_holds_when_the_session_goes_live_begins_there() -> None:
    opened = Program().to_state(State.OPEN, at_ms=1).start_item("i1", at_ms=1, presenter=None).grant_floor("s1", at_ms=1)
    assert chapters_of(history(opened, opened.to_state(State.LIVE, at_ms=2)), NAMES) == [
        Chapter(200, "Khai mạc", "agenda"),
        Chapter(200, "Huyện Hòn Đất", "speaker"),
    ]


def test_the_same_seat_speaking_again_is_another_chapter() -> None:
    live = Program().to_state(State.LIVE, at_ms=1)
    one = live.grant_floor("s1", at_ms=2)
    assert [c.at_ms for c in chapters_of(history(live, one, one.recall_floor(), live.grant_floor("s1", at_ms=9)), NAMES)] == [
        200,
        400,
    ]


def test_what_has_no_name_makes_no_chapter() -> None:
    live = Program().to_state(State.LIVE, at_ms=1)
    assert (
        chapters_of(history(live.grant_floor("unknown", at_ms=2), live.start_item("gone", at_ms=3, presenter=None)), NAMES) == []
    )
