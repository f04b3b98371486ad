"""Fitting layers to a downlink."""

from __future__ import annotations

from media.sfu.budget import (
    FRESH_US,
    HOLD_US,
    RETRY_US,
    SETTLE_US,
    START_BPS,
    START_US,
    UNANSWERED_US,
    Budget,
    Wish,
    allot,
)
from media.sfu.probe import Measured


def carries(bps: float) -> Measured:
    """Three trains that agree."""
    return Measured(bps, bps, bps)


CAMERA = Wish((150_000.0, 500_000.0, 1_500_000.0), None)
SCREEN = Wish((800_000.0,), None)


def test_everything_is_sent_when_nothing_speaks_against_it() -> None:
    assert allot(None, 40_000, [SCREEN, CAMERA]) == [0, 2]
    assert allot(None, 40_000, [Wish((), None)]) == [None]


def test_voices_then_content_then_speaker() -> None:
    assert allot(2_000_000, 100_000, [SCREEN, CAMERA]) == [0, 1]
    assert allot(1_150_000, 100_000, [SCREEN, CAMERA]) == [0, 0]
    assert allot(960_000, 100_000, [Wish(SCREEN.rates_bps, 0), CAMERA]) == [0, None]
    assert allot(300_000, 100_000, [SCREEN, CAMERA]) == [None, 0]
    assert allot(120_000, 100_000, [SCREEN, CAMERA]) == [None, None]


def test_layer_is_kept_when_it_just_fits_but_not_raised() -> None:
    assert allot(510_000, 0, [Wish(CAMERA.rates_bps, 1)]) == [1]
    assert allot(510_000, 0, [Wish(CAMERA.rates_bps, 0)]) == [0]


def test_low_estimate_is_no_congestion_when_little_is_sent() -> None:
    budget = Budget()
    for number, bps in enumerate((45_000.0, 48_000.0, 300_000.0, 900_000.0)):
        budget.remb(bps, 2_000_000, number * 1_000_000)
    assert budget.limit_bps is None


def test_falling_estimate_limits_and_time_lifts() -> None:
    budget = Budget()
    budget.remb(2_000_000, 2_000_000, 1_000_000)
    budget.remb(700_000, 2_000_000, 2_000_000)
    assert budget.limit_bps == 700_000
    now_us = 2_000_000
    budget.grow(2_000_000, now_us + HOLD_US - 1)
    assert budget.limit_bps == 700_000
    growth = []
    while budget.limit_bps is not None and now_us < 120_000_000:
        now_us += 500_000
        budget.grow(2_000_000, now_us)
        growth.append(budget.limit_bps)
    assert budget.limit_bps is None
    steps = [step for step in growth if step is not None]
    assert steps == sorted(steps)


def test_heavy_loss_limits_to_what_came_through() -> None:
    budget = Budget()
    budget.loss(0.5, 1_000_000, 10_000_000)
    assert budget.limit_bps == 500_000
    assert budget.settling(11_000_000)
    assert not budget.settling(11_500_000)


def test_loss_that_stays_when_less_is_sent_is_ordinary() -> None:
    budget = Budget()
    budget.loss(0.5, 1_000_000, 10_000_000)
    budget.loss(0.48, 500_000, 13_000_000)
    assert budget.limit_bps is None
    assert budget.ordinary_loss == 0.48
    budget.loss(0.5, 1_000_000, 15_000_000)
    assert budget.limit_bps is None


def test_loss_that_goes_when_less_is_sent_was_congestion() -> None:
    budget = Budget()
    budget.loss(0.5, 1_000_000, 10_000_000)
    budget.loss(0.01, 500_000, 13_000_000)
    assert budget.limit_bps == 500_000
    assert budget.ordinary_loss == 0


def test_loss_on_a_line_that_carries_more_is_ordinary() -> None:
    budget = Budget()
    budget.loss(0.2, 1_000_000, 10_000_000)
    assert budget.limit_bps is None
    budget.measured(carries(5_000_000), 11_000_000)
    budget.loss(0.2, 1_000_000, 12_000_000)
    assert budget.limit_bps is None
    assert budget.ordinary_loss == 0.2


def test_measurement_lifts_the_limit_and_waits_longer_when_it_was_wrong() -> None:
    budget = Budget()
    shaky = Measured(1_000_000, 700_000, 1_400_000)
    budget.remb(1_000_000, 1_000_000, 9_500_000)
    budget.remb(700_000, 1_000_000, 10_000_000)
    budget.measured(shaky, 10_000_000 + RETRY_US - 1)
    assert budget.limit_bps == 700_000, "too soon"
    budget.measured(shaky, 10_000_000 + RETRY_US)
    assert budget.limit_bps == 850_000
    budget.remb(900_000, 1_000_000, 12_000_000)
    budget.remb(500_000, 1_000_000, 12_500_000)
    assert budget.limit_bps == 500_000
    budget.measured(shaky, 12_500_000 + 2 * RETRY_US - 1)
    assert budget.limit_bps == 500_000, "what was enough before is not enough now"
    budget.measured(shaky, 12_500_000 + 2 * RETRY_US)
    assert budget.limit_bps == 850_000


def test_a_line_that_carries_much_more_is_believed_at_once() -> None:
    budget = Budget()
    budget.remb(500_000, 1_000_000, 9_000_000)
    for second in (10, 14, 20, 30):  # each lift proves wrong, so that the next one waits longer: 8 s at last
        budget.remb(400_000, 1_000_000, second * 1_000_000)
        budget.remb(500_000, 1_000_000, second * 1_000_000)
        budget.measured(Measured(1_000_000, 700_000, 1_400_000), (second + 8) * 1_000_000)
    budget.remb(300_000, 1_000_000, 39_000_000)
    wide = Measured(5_000_000, 1_100_000, 9_000_000)
    budget.measured(wide, 39_000_000 + SETTLE_US - 1)
    assert budget.limit_bps == 300_000, "what waits before the narrow place is still on its way"
    budget.measured(wide, 39_000_000 + SETTLE_US)
    assert budget.limit_bps == 4_250_000


def test_an_estimate_that_falls_below_what_the_line_was_measured_to_carry_says_nothing() -> None:
    budget = Budget()
    budget.loss(0.5, 400_000, 10_000_000)
    budget.measured(carries(400_000), 11_000_000)
    assert budget.limit_bps == 340_000
    assert not budget.remb(250_000, 350_000, 11_400_000)
    assert not budget.remb(106_000, 350_000, 11_500_000)
    assert budget.limit_bps == 340_000
    assert budget.remb(90_000, 350_000, 11_000_000 + FRESH_US), "that was long ago"
    assert budget.limit_bps == 90_000


def test_the_limit_does_not_grow_above_what_was_measured() -> None:
    budget = Budget()
    budget.loss(0.6, 500_000, 10_000_000)
    for second in range(11, 60):
        budget.measured(carries(400_000), second * 1_000_000)
        budget.grow(2_000_000, second * 1_000_000)
    assert budget.limit_bps == 340_000


def test_a_measurement_that_agrees_with_what_was_too_much_counts_at_once() -> None:
    budget = Budget()
    budget.remb(2_000_000, 1_500_000, 9_800_000)
    budget.remb(600_000, 1_500_000, 10_000_000)
    assert not budget.remb(200_000, 900_000, 10_200_000), "no news while that passes"
    assert budget.limit_bps == 200_000
    budget.measured(carries(400_000), 10_400_000)
    assert budget.limit_bps == 340_000
    budget.remb(300_000, 1_500_000, 14_000_000)
    budget.remb(200_000, 1_500_000, 14_100_000)
    budget.measured(carries(9_000_000), 14_500_000)
    assert budget.limit_bps == 200_000, "that cannot be: less has flooded it"


def test_a_flooded_line_is_left_alone_until_it_is_measured() -> None:
    budget = Budget()
    budget.remb(2_000_000, 1_500_000, 9_800_000)
    assert budget.remb(500_000, 1_500_000, 10_000_000)
    assert budget.flooded(10_100_000)
    assert budget.doubted(10_100_000)
    budget.measured(carries(400_000), 10_600_000)
    assert not budget.flooded(10_600_001)
    assert not budget.doubted(10_600_001)


def test_an_estimate_that_is_low_and_falls_a_little_tells_of_no_flood() -> None:
    budget = Budget()
    budget.remb(700_000, 1_700_000, 9_800_000)
    assert budget.remb(650_000, 1_700_000, 10_000_000)
    assert budget.limit_bps == 650_000
    assert not budget.flooded(10_100_000)


def test_a_sign_that_no_measurement_answers_is_believed() -> None:
    budget = Budget()
    budget.remb(2_000_000, 1_500_000, 9_800_000)
    budget.remb(1_200_000, 1_500_000, 10_000_000)
    assert not budget.flooded(10_100_000), "a little too much floods nothing"
    assert budget.doubted(10_000_000 + UNANSWERED_US - 1)
    assert not budget.doubted(10_000_000 + UNANSWERED_US)


def test_a_small_picture_is_not_paused_on_suspicion() -> None:
    camera, screen = Wish(CAMERA.rates_bps, 2), Wish(SCREEN.rates_bps, 0)
    assert allot(100_000, 60_000, [screen, camera], doubted=True) == [None, 0]
    assert allot(100_000, 60_000, [screen, camera]) == [None, None]
    assert allot(100_000, 60_000, [CAMERA], doubted=True) == [None], "what is paused stays so"


def test_new_viewer_gets_little_until_measured_or_a_second_has_passed() -> None:
    fast, mute, narrow, shaky = Budget(), Budget(), Budget(), Budget()
    for budget in (fast, mute, narrow, shaky):
        budget.begin(10_000_000)
        budget.grow(2_000_000, 10_100_000)
        assert budget.limit_bps == START_BPS
    fast.measured(carries(50_000_000), 10_200_000)
    fast.grow(2_000_000, 10_250_000)
    assert fast.limit_bps is None
    narrow.measured(carries(200_000), 10_200_000)
    shaky.measured(carries(1_000_000), 10_200_000)
    for budget in (mute, narrow, shaky):
        budget.grow(2_000_000, 10_000_000 + START_US)
    assert mute.limit_bps is None
    assert narrow.limit_bps == 170_000
    assert shaky.limit_bps is None, "jitter makes a line look narrower than it is"


def test_little_loss_changes_nothing() -> None:
    budget = Budget()
    budget.loss(0.01, 1_000_000, 10_000_000)
    budget.loss(0.08, 1_000_000, 12_000_000)
    assert budget.limit_bps is None
