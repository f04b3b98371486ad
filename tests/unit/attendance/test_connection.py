"""From joins, heartbeats and leaves to intervals."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from training.attendance.domain.connection import BRIDGE_MS, CLOSE_AFTER_MS, HEARTBEAT_MS, Kind, Sign, connected
from training.attendance.domain.spans import Span, total

LATER = 10_000_000


def beats(start: int, count: int) -> list[Sign]:
    return [Sign(Kind.JOIN, start)] + [Sign(Kind.HEARTBEAT, start + n * HEARTBEAT_MS) for n in range(1, count + 1)]


def test_a_page_that_vanishes_counts_for_45_seconds_more() -> None:
    assert connected(beats(0, 4), until=LATER) == (Span(0, 4 * HEARTBEAT_MS + CLOSE_AFTER_MS),)


def test_a_page_that_leaves_counts_until_it_left() -> None:
    assert connected([*beats(0, 4), Sign(Kind.LEAVE, 61_000)], until=LATER) == (Span(0, 61_000),)


def test_a_lease_that_was_found_lost_late_does_not_prolong_the_interval() -> None:
    lost = Sign(Kind.LEAVE, 4 * HEARTBEAT_MS + CLOSE_AFTER_MS + 9_000)
    assert connected([*beats(0, 4), lost], until=LATER) == (Span(0, 4 * HEARTBEAT_MS + CLOSE_AFTER_MS),)


def test_a_gap_of_two_minutes_is_bridged_and_one_millisecond_more_is_an_outage() -> None:
    end = HEARTBEAT_MS + CLOSE_AFTER_MS
    back = [Sign(Kind.JOIN, end + BRIDGE_MS), Sign(Kind.LEAVE, end + BRIDGE_MS + 1000)]
    assert len(connected([*beats(0, 1), *back], until=LATER)) == 1
    late = [Sign(Kind.JOIN, end + BRIDGE_MS + 1), Sign(Kind.LEAVE, end + BRIDGE_MS + 1000)]
    assert len(connected([*beats(0, 1), *late], until=LATER)) == 2


def test_taking_over_a_seat_leaves_no_gap() -> None:
    signs = [*beats(0, 2), Sign(Kind.JOIN, 40_000), Sign(Kind.LEAVE, 40_000), Sign(Kind.HEARTBEAT, 55_000)]
    assert connected(signs, until=LATER) == (Span(0, 55_000 + CLOSE_AFTER_MS),)


def test_nothing_counts_after_the_session() -> None:
    assert connected(beats(0, 100), until=70_000) == (Span(0, 70_000),)
    assert connected(beats(80_000, 3), until=70_000) == ()


def test_a_leave_alone_is_nothing() -> None:
    assert connected([Sign(Kind.LEAVE, 5)], until=LATER) == ()


_SIGNS = st.lists(
    st.builds(Sign, st.sampled_from([Kind.JOIN, Kind.HEARTBEAT, Kind.LEAVE]), st.integers(0, 2_000_000)), max_size=40
)
_LIVES = st.builds(Sign, st.sampled_from([Kind.JOIN, Kind.HEARTBEAT]), st.integers(0, 2_000_000))


@given(_SIGNS, st.randoms(use_true_random=False))
def test_order_and_repetition_of_evidence_change_nothing(signs: list[Sign], random: Random) -> None:
    shuffled = signs + signs[: len(signs) // 2]
    random.shuffle(shuffled)
    assert connected(shuffled, until=LATER) == connected(signs, until=LATER)


@given(_SIGNS, _LIVES)
def test_a_further_sign_of_life_never_shortens_the_time(signs: list[Sign], more: Sign) -> None:
    assert total(connected([*signs, more], until=LATER)) >= total(connected(signs, until=LATER))


@given(_SIGNS, st.integers(0, 2_000_000), st.integers(0, 500_000))
def test_what_is_known_later_never_takes_back_connected_time_without_new_evidence(
    signs: list[Sign], until: int, later: int
) -> None:
    known = [sign for sign in signs if sign.at <= until]
    assert total(connected(known, until=until)) <= total(connected(known, until=until + later))
