from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from training.replay.domain.coverage import (
    Interval,
    difference,
    intersection,
    length_ms,
    next_unwatched,
    ratio,
    required_of,
    union,
)

points = st.integers(0, 50)
intervals = st.lists(st.tuples(points, points), max_size=8)


def members(parts: list[Interval] | tuple[Interval, ...]) -> set[int]:
    return {point for start, end in parts for point in range(start, end)}


@given(intervals)
def test_union_when_of_anything_is_sorted_disjoint_and_the_same_points(parts: list[Interval]) -> None:
    merged = union(parts)
    assert members(merged) == members(parts)
    assert all(a[1] < b[0] for a, b in pairwise(merged))
    assert union(merged) == merged
    assert length_ms(merged) == len(members(parts))


@given(intervals, intervals)
def test_difference_and_intersection_when_of_anything(a: list[Interval], b: list[Interval]) -> None:
    one, two = union(a), union(b)
    assert members(intersection(one, two)) == members(one) & members(two)
    assert members(difference(one, two)) == members(one) - members(two)
    assert union([*intersection(one, two), *difference(one, two)]) == one


@given(intervals, intervals)
def test_ratio_when_more_is_watched_never_shrinks(a: list[Interval], b: list[Interval]) -> None:
    required = required_of(50, [(10, 20)])
    assert 0 <= ratio(union(a), required) <= ratio(union([*a, *b]), required) <= 1


def test_required_when_there_are_breaks_leaves_them_out() -> None:
    assert required_of(100, [(20, 30), (90, 120)]) == ((0, 20), (30, 90))
    assert required_of(0, []) == ()


def test_ratio_when_nothing_is_required_is_whole() -> None:
    assert ratio((), ()) == 1


def test_next_unwatched_when_there_are_gaps() -> None:
    required = ((0, 60_000),)
    watched = ((0, 10_000), (20_000, 40_000), (40_500, 50_000))
    assert next_unwatched(watched, required) == 10_000
    assert next_unwatched(watched, required, from_ms=30_000) == 50_000
    assert next_unwatched(watched, required, from_ms=55_000) == 10_000
    assert next_unwatched(((0, 40_000), (40_500, 60_000)), required) == 40_000
    assert next_unwatched(required, required) is None
