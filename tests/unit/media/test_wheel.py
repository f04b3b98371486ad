"""Whose turn it is."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from media.sfu.wheel import Wheel


def turns(wheel: Wheel[str], ticks: range) -> dict[str, list[int]]:
    """In which ticks each had its turn."""
    found: dict[str, list[int]] = {}
    for number in ticks:
        for item, _ in wheel.due(number):
            found.setdefault(item, []).append(number)
    return found


@pytest.mark.parametrize("every", [1, 2, 8])
def test_each_has_its_turn_once_in_its_period(every: int) -> None:
    wheel: Wheel[str] = Wheel(8)
    for name in "abcde":
        wheel.add(name, every)
    for ticks in turns(wheel, range(100, 148)).values():
        assert len(ticks) == 48 // every
        assert {later - earlier for earlier, later in pairwise(ticks)} == {every}


def test_turns_are_spread_and_the_numbers_of_each_are_multiples_of_its_period() -> None:
    wheel: Wheel[int] = Wheel(8)
    for item in range(24):
        wheel.add(item, 8)
    for number in range(8, 16):
        due = wheel.due(number)
        assert len(list(due)) == 3
        assert all(turn % 8 == 0 for _, turn in due)


def test_those_who_have_every_tick_count_them_differently() -> None:
    wheel: Wheel[int] = Wheel(8)
    for item in range(8):
        wheel.add(item, 1)
    assert Counter(turn % 4 for _, turn in wheel.due(50)) == Counter({0: 2, 1: 2, 2: 2, 3: 2})


def test_whoever_goes_has_no_turn_and_a_new_period_replaces_the_old() -> None:
    wheel: Wheel[str] = Wheel(8)
    wheel.add("a", 1)
    wheel.add("b", 1)
    wheel.add("a", 4)
    wheel.remove("b")
    wheel.remove("unknown")
    assert {item: len(ticks) for item, ticks in turns(wheel, range(8)).items()} == {"a": 2}
    with pytest.raises(KeyError):
        wheel.turn("b", 1)
    with pytest.raises(ValueError):
        wheel.add("c", 3)
