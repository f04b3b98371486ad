"""Rates of a media node from two of its answers."""

from __future__ import annotations

from media.load import RATES, figures

BEFORE = {"sessions": 1, "datagrams_in": 100, "packets_out": 1000, "bytes_out": 5, "cpu_ms": 400, "dropped.stun": 2}
AFTER = {
    "sessions": 2,
    "datagrams_in": 500,
    "packets_out": 9000,
    "bytes_out": 9,
    "cpu_ms": 900,
    "dropped.stun": 3,
    "dropped.srtp": 1,
}


def test_figures_when_time_has_passed_gives_rates_and_the_share_of_a_core() -> None:
    made = figures(BEFORE, AFTER, 2.0)
    assert made["packets_in_s"] == 200.0
    assert made["packets_out_s"] == 4000.0
    assert made["bytes_out_s"] == 2.0
    assert made["dropped"] == 4
    assert made["dropped_s"] == 1.0
    assert made["nacks_out_s"] == 0.0
    assert made["cpu"] == 0.25
    assert made["sessions"] == 2  # what is counted now, not what has changed
    assert set(RATES.values()) <= set(made)


def test_figures_when_nothing_came_before_gives_what_is_known() -> None:
    assert figures({}, AFTER, 1.0) == {**AFTER, "dropped": 4}


def test_figures_when_the_node_was_started_anew_gives_no_rates() -> None:
    assert figures(AFTER, BEFORE, 1.0) == {**BEFORE, "dropped": 2}


def test_figures_when_no_time_has_passed_gives_no_rates() -> None:
    assert "cpu" not in figures(BEFORE, AFTER, 0.0)
