"""Fitting layers to a downlink."""

from __future__ import annotations

from media.sfu.budget import HOLD_US, START_BPS, START_US, Budget, Wish, allot

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
    budget.measured(5_000_000, 11_000_000)
    budget.loss(0.2, 1_000_000, 12_000_000)
    assert budget.limit_bps is None
    assert budget.ordinary_loss == 0.2


def test_measurement_lifts_the_limit_and_waits_longer_when_it_was_wrong() -> None:
    budget = Budget()
    budget.loss(0.6, 1_000_000, 10_000_000)
    budget.measured(900_000, 10_500_000)
    assert budget.limit_bps == 400_000, "too soon"
    budget.measured(1_000_000, 11_000_000)
    assert budget.limit_bps == 850_000
    budget.remb(900_000, 1_000_000, 12_000_000)
    budget.remb(500_000, 1_000_000, 12_500_000)
    assert budget.limit_bps == 500_000
    budget.measured(1_000_000, 13_700_000)
    assert budget.limit_bps == 500_000, "a second was not enough"
    budget.measured(1_000_000, 14_600_000)
    assert budget.limit_bps == 850_000


def test_new_viewer_gets_little_until_measured_or_a_second_has_passed() -> None:
    fast, mute, narrow, shaky = Budget(), Budget(), Budget(), Budget()
    for budget in (fast, mute, narrow, shaky):
        budget.begin(10_000_000)
        budget.grow(2_000_000, 10_100_000)
        assert budget.limit_bps == START_BPS
    fast.measured(50_000_000, 10_200_000)
    fast.grow(2_000_000, 10_250_000)
    assert fast.limit_bps is None
    narrow.measured(200_000, 10_200_000)
    shaky.measured(1_000_000, 10_200_000)
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
