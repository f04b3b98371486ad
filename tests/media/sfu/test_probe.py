"""What a line carries, by trains of packets, and how much it loses."""

from __future__ import annotations

from aiortc.rtp import RtcpReceiverInfo

from media.sfu.loss import LossMeter
from media.sfu.probe import FIRST_PERIOD_US, OVERHEAD_BYTES, PACKET_BYTES, PERIOD_US, TRAIN, WAIT_US, Measured, Prober


def spread_us(bps: float) -> int:
    return round(8 * (PACKET_BYTES + OVERHEAD_BYTES) * 1e6 / bps)


def test_rate_is_by_the_spread_of_the_answers() -> None:
    prober = Prober()
    assert prober.due(0)
    train = prober.begin(0)
    assert not prober.due(1000)
    found = [prober.answered(train, place, 40_000 + place * spread_us(400_000)) for place in range(TRAIN)]
    assert found[:-1] == [None] * (TRAIN - 1)
    assert found[-1] is not None
    assert abs(found[-1].bps - 400_000) < 100
    assert prober.rtt_us == 40_000


def test_lost_answers_change_nothing_but_too_few_say_nothing() -> None:
    prober = Prober()
    train = prober.begin(0)
    found = [prober.answered(train, place, 40_000 + place * spread_us(1e6)) for place in (1, 3, 4)]
    assert found[-1] is not None
    assert abs(found[-1].bps - 1e6) < 1000
    train = prober.begin(1_000_000)
    assert prober.answered(train, 0, 1_040_000) is None
    assert prober.answered(train, 4, 1_050_000) is None


def test_late_repeated_and_foreign_answers_are_left_out() -> None:
    prober = Prober()
    train = prober.begin(0)
    for place in (0, 0, 1, 1):
        assert prober.answered(train, place, 1000) is None
    assert prober.answered(train, TRAIN - 1, WAIT_US + 1) is None
    assert prober.answered(train + 1, TRAIN - 1, 2000) is None
    assert prober.answered(train - 7, TRAIN - 1, 2000) is None


def answer(prober: Prober, bps: float, at_us: int) -> Measured | None:
    """A train leaves and comes back whole."""
    train = prober.begin(at_us)
    found = [prober.answered(train, place, at_us + 20_000 + place * spread_us(bps)) for place in range(TRAIN)]
    return found[-1]


def test_a_train_that_tells_of_another_line_is_followed_by_two_more_at_once() -> None:
    prober = Prober()
    at_us = 0
    for _ in range(6):
        answer(prober, 400_000, at_us)
        at_us += PERIOD_US
    assert not prober.hurried
    before = answer(prober, 8_000_000, at_us)
    assert before is not None and round(before.bps, -3) == 400_000, "one alone is not believed"
    assert prober.hurried
    for _ in range(2):
        at_us += 2 * FIRST_PERIOD_US
        assert prober.due(at_us)
        now = answer(prober, 8_000_000, at_us)
    assert now is not None and now.least_bps > 7_000_000
    assert not prober.hurried
    assert not prober.due(at_us + PERIOD_US - 1)


def test_after_a_sign_of_congestion_what_was_measured_before_does_not_count() -> None:
    prober = Prober()
    for number in range(4):
        answer(prober, 8_000_000, number * PERIOD_US)
    prober.hasten(5_000_000)
    assert prober.hurried
    assert not prober.due(4_999_999)
    found = answer(prober, 300_000, 5_000_000)
    assert found is not None and found.most_bps < 310_000


def block(ssrc: int, highest: int, lost: int) -> RtcpReceiverInfo:
    return RtcpReceiverInfo(ssrc=ssrc, fraction_lost=0, packets_lost=lost, highest_sequence=highest, jitter=0, lsr=0, dlsr=0)


def test_loss_is_weighed_by_packets() -> None:
    meter = LossMeter()
    found = [
        meter.add(each, at_us)
        for at_us in (1_000_000, 2_000_000, 3_000_000)
        for each in (block(1, 140 * at_us // 1_000_000, 0), block(2, 10 * at_us // 1_000_000, 5 * at_us // 1_000_000))
    ]
    said = [each for each in found if each is not None]
    assert len(said) == 1
    assert 0.01 < said[0] < 0.05
