"""Windows, ratios, statuses, and rooms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.attendance.domain.presence import Rules, Status, assess, status
from training.attendance.domain.room import Tick, differ, in_room, present_in, standing
from training.attendance.domain.spans import Span, union
from training.attendance.domain.windows import Step, required

MINUTE = 60_000
RULES = Rules()


def span(start_min: float, end_min: float) -> Span:
    return Span(round(start_min * MINUTE), round(end_min * MINUTE))


def test_breaks_are_not_required_whether_by_agenda_or_by_state() -> None:
    steps = [
        Step(0, live=False, item=None),
        Step(10 * MINUTE, live=True, item="talk"),
        Step(30 * MINUTE, live=True, item="coffee"),
        Step(40 * MINUTE, live=True, item="talk 2"),
        Step(50 * MINUTE, live=False, item="talk 2"),
        Step(55 * MINUTE, live=True, item="talk 2"),
        Step(60 * MINUTE, live=False, item=None),
    ]
    windows = (span(10, 30), span(40, 50), span(55, 60))
    assert required(steps, not_required={"coffee"}, until=90 * MINUTE) == windows
    assert required(steps, not_required={"coffee"}, until=45 * MINUTE) == (span(10, 30), span(40, 45))
    assert required(steps[:1], not_required=set(), until=90 * MINUTE) == ()


def test_a_session_whose_agenda_nobody_started_counts_whole() -> None:
    assert required([Step(0, live=True, item=None)], not_required={"x"}, until=MINUTE) == (span(0, 1),)


@pytest.mark.parametrize(("minutes", "expected"), [(80, Status.ONLINE), (79.99, Status.UNMARKED), (100, Status.ONLINE)])
def test_eighty_percent_of_the_required_time_suffices(minutes: float, expected: Status) -> None:
    presence = assess((span(0, minutes),), (span(0, 100),), ended=True, rules=RULES)
    assert presence.ratio == pytest.approx(minutes / 100)
    assert status(presence, in_person=False, rules=RULES) is expected


def test_time_outside_the_windows_does_not_count_but_shows() -> None:
    presence = assess((span(-20, 130),), (span(0, 45), span(60, 100)), ended=True, rules=RULES)
    assert (presence.first, presence.last) == (-20 * MINUTE, 130 * MINUTE)
    assert presence.present_ms == 85 * MINUTE == presence.required_ms
    assert status(presence, in_person=True, rules=RULES) is Status.IN_PERSON


def test_late_and_early_are_told_beyond_a_quarter_of_an_hour() -> None:
    windows = (span(0, 100),)
    punctual = assess((span(15, 85),), windows, ended=True, rules=RULES)
    assert (punctual.late_ms, punctual.early_ms) == (0, 0)
    late = assess((span(16, 84),), windows, ended=True, rules=RULES)
    assert (late.late_ms, late.early_ms) == (16 * MINUTE, 16 * MINUTE)
    assert assess((span(16, 84),), windows, ended=False, rules=RULES).early_ms == 0


def test_nothing_required_is_no_ratio_and_nobody_present() -> None:
    presence = assess((span(0, 10),), (), ended=False, rules=RULES)
    assert presence.ratio is None
    assert status(presence, in_person=True, rules=RULES) is Status.UNMARKED


_SPANS = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)).map(lambda p: Span(p[0], p[0] + p[1])), max_size=6).map(union)


@given(_SPANS, _SPANS, _SPANS)
def test_the_ratio_lies_between_0_and_1_and_grows_with_evidence(
    there: tuple[Span, ...], more: tuple[Span, ...], due: tuple[Span, ...]
) -> None:
    less = assess(there, due, ended=True, rules=RULES)
    grown = assess(union((*there, *more)), due, ended=True, rules=RULES)
    if less.ratio is not None and grown.ratio is not None:
        assert 0 <= less.ratio <= grown.ratio <= 1


def test_a_marked_person_is_there_with_the_room() -> None:
    room = (span(0, 30), span(40, 60))
    assert in_room(room, []) == ()
    assert in_room(room, [Tick(5 * MINUTE, present=True)]) == room
    assert in_room(room, [Tick(20 * MINUTE, present=True, whole=False)]) == (span(20, 30), span(40, 60))
    assert in_room((), [Tick(0, present=True)]) == ()


def test_a_mark_can_be_withdrawn_and_made_again() -> None:
    ticks = [Tick(1, present=True), Tick(5, present=False), Tick(9, present=True, whole=False)]
    assert standing(ticks[:2]) is None
    assert standing(reversed(ticks)) == ticks[2]
    assert standing([*ticks, Tick(11, present=True)]) == Tick(11, present=True)


def test_headcounts_and_names_are_never_added() -> None:
    assert present_in(None, 12) == 12
    assert present_in(20, 12) == 20
    assert present_in(0, 3) == 0


@pytest.mark.parametrize(
    ("headcount", "named", "expected"), [(None, 9, False), (12, 9, False), (13, 9, True), (50, 46, False), (50, 44, True)]
)
def test_a_site_is_flagged_beyond_three_people_and_ten_percent(headcount: int | None, named: int, expected: bool) -> None:
    assert differ(headcount, named) is expected
