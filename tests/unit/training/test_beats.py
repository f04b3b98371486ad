"""The cases of watching that must hold, and those of cheating that must not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.replay.domain.beats import CLOCK_SLACK_MS, MAX_RATE, SLACK_MS, Beat, Lease, Refusal, State, take
from training.replay.domain.coverage import Interval, Intervals, length_ms, union

HOUR = 3_600_000


class Page:
    """A player's page whose clock and the server's run together."""

    def __init__(self, *, audio_only: bool = False) -> None:
        self.lease, self.now_ms, self.position_ms, self.seq = Lease(), 0, 0, 0
        self.audio_only = audio_only
        self.earned: list[Interval] = []
        self.refusals: list[Refusal] = []

    def beat(self, state: State = State.PLAYING, rate: float = 1.0) -> None:
        self.seq += 1
        self.send(Beat(self.seq, self.now_ms, self.position_ms, rate, state))

    def send(self, beat: Beat) -> None:
        outcome = take(self.lease, beat, age_ms=self.now_ms, audio_only=self.audio_only)
        self.lease = outcome.lease
        if outcome.interval:
            self.earned.append(outcome.interval)
        if outcome.refusal:
            self.refusals.append(outcome.refusal)

    def play(self, seconds: float, *, rate: float = 1.0, every_s: float = 5, state: State = State.PLAYING) -> None:
        self.beat(state, rate)
        for _ in range(round(seconds / every_s)):
            self.now_ms += round(every_s * 1000)
            self.position_ms += round(every_s * 1000 * rate)
            self.beat(state, rate)

    def seek(self, to_ms: int) -> None:
        self.beat(State.PAUSED)
        self.position_ms = to_ms
        self.beat(State.SEEKED)

    @property
    def watched(self) -> Intervals:
        return union(self.earned)


def test_watching_when_straight_through_is_all_credited() -> None:
    page = Page()
    page.play(60)
    assert page.watched == ((0, 60_000),)


def test_seeking_when_to_the_end_of_an_hour_credits_about_what_was_played() -> None:
    page = Page()
    page.play(10)
    page.seek(HOUR - 10_000)
    page.play(10)
    assert length_ms(page.watched) == 20_000


def test_seeking_when_the_page_hides_it_credits_nothing_of_the_jump() -> None:
    page = Page()
    page.play(10)
    page.position_ms = HOUR - 10_000  # no word of a seek
    page.play(10)
    assert length_ms(page.watched) == 20_000
    assert Refusal.BACKWARDS in page.refusals or Refusal.TOO_FAST in page.refusals


def test_watching_when_twice_counts_once() -> None:
    page = Page()
    page.play(30)
    page.seek(0)
    page.play(30)
    assert page.watched == ((0, 30_000),)


def test_speed_when_double_gets_full_credit() -> None:
    page = Page()
    page.play(30, rate=2)
    assert page.watched == ((0, 60_000),)


@pytest.mark.parametrize("said", [16.0, 1.0])
def test_speed_when_sixteenfold_gets_none_whatever_the_page_says(said: float) -> None:
    page = Page()
    page.beat(rate=said)
    for _ in range(6):
        page.now_ms += 5_000
        page.position_ms += 80_000
        page.beat(rate=said)
    assert page.watched == ()
    assert set(page.refusals) == {Refusal.FIRST, Refusal.TOO_FAST}


def test_beat_when_repeated_changes_nothing() -> None:
    page = Page()
    page.play(10)
    before = page.lease, list(page.earned)
    page.send(Beat(2, page.now_ms, page.position_ms + 5_000, 1.0, State.PLAYING))
    assert (page.lease, page.earned) == before
    assert page.refusals[-1] is Refusal.REPEATED


def test_tabs_when_two_play_are_a_union() -> None:
    first, second = Page(), Page()
    first.play(30)
    second.position_ms = 20_000
    second.play(30)
    assert union([*first.earned, *second.earned]) == ((0, 50_000),)


@pytest.mark.parametrize("state", [State.PAUSED, State.SEEKED, State.ENDED, State.HIDDEN])
def test_stretch_when_it_did_not_begin_with_play_is_not_credited(state: State) -> None:
    page = Page()
    page.beat(state)
    page.now_ms, page.position_ms = 5_000, 5_000
    page.beat()
    assert (page.watched, page.refusals[-1]) == ((), Refusal.NOT_PLAYING)


@pytest.mark.parametrize("state", [State.PAUSED, State.ENDED, State.HIDDEN])
def test_stretch_when_play_stops_is_credited_up_to_there(state: State) -> None:
    page = Page()
    page.beat()
    page.now_ms, page.position_ms = 3_000, 3_000
    page.beat(state)
    assert page.watched == ((0, 3_000),)


def test_hidden_page_when_only_listening_is_credited() -> None:
    seen, heard = Page(), Page(audio_only=True)
    for page in (seen, heard):
        page.play(30, state=State.HIDDEN)
    assert (seen.watched, heard.watched) == ((), ((0, 30_000),))


@pytest.mark.parametrize(("gap_s", "credited"), [(20, True), (20.001, False)])
def test_gap_when_between_beats_may_last_twenty_seconds(gap_s: float, credited: bool) -> None:
    page = Page()
    page.play(gap_s, every_s=gap_s)
    assert bool(page.watched) is credited


def test_beats_when_sent_late_are_judged_by_the_pages_clock() -> None:
    page = Page()
    page.now_ms = 120_000  # the network comes back: everything of the last minute arrives at once
    for second in range(0, 65, 5):
        page.seq += 1
        page.send(Beat(page.seq, 50_000 + second * 1000, second * 1000, 1.0, State.PLAYING))
    assert page.watched == ((0, 60_000),)


def test_beats_when_the_pages_clock_lies_cannot_outrun_the_server() -> None:
    page = Page()
    page.now_ms = 10_000
    for second in range(0, 600, 5):
        page.seq += 1
        page.send(Beat(page.seq, second * 1000, second * 1000, 1.0, State.PLAYING))
    assert length_ms(page.watched) <= 10_000 + CLOCK_SLACK_MS
    assert page.refusals[-1] is Refusal.AHEAD_OF_TIME


@given(
    st.lists(
        st.tuples(st.integers(0, 30_000), st.integers(-60_000, 120_000), st.sampled_from(State), st.floats(0.25, 16)), max_size=40
    )
)
def test_credit_when_a_page_says_anything_never_exceeds_twice_the_time(
    steps: Iterable[tuple[int, int, State, float]],
) -> None:
    page = Page()
    for wall, moved, state, rate in steps:
        page.now_ms += wall
        page.position_ms = max(0, page.position_ms + moved)
        page.beat(state, rate)
    assert length_ms(page.watched) <= MAX_RATE * (page.now_ms + CLOCK_SLACK_MS) + SLACK_MS
    assert all(start < end for start, end in page.earned)
    assert page.lease.credited_ms == sum(end - start for start, end in page.earned)


def test_beat_when_stored_comes_back() -> None:
    beat = Beat(3, 5_000, 4_000, 1.25, State.HIDDEN)
    assert Beat.load(beat.dump()) == beat
