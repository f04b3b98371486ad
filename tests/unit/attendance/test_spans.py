"""Arithmetic of stretches of time, against sets of moments."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.attendance.domain.spans import Span, Spans, intersection, span, total, union, without

_ONE = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
_SOME = st.lists(_ONE, max_size=8)


def moments(spans: Spans | list[Span]) -> set[int]:
    return {moment for one in spans for moment in range(one.start, one.end)}


@given(_SOME)
def test_union_holds_exactly_the_moments_and_is_disjoint(some: list[Span]) -> None:
    joined = union(some)
    assert moments(joined) == moments(some)
    assert total(joined) == len(moments(some))
    assert all(a.end < b.start for a, b in itertools.pairwise(joined))
    assert union(joined) == joined


@given(_SOME, _SOME)
def test_union_never_loses_time_when_evidence_is_added(some: list[Span], more: list[Span]) -> None:
    assert moments(union(some)) <= moments(union(some + more))
    assert union(some + more) == union(more + some)


@given(_SOME, st.integers(0, 15))
def test_union_bridges_short_gaps_and_no_long_ones(some: list[Span], bridge: int) -> None:
    joined = union(some, bridge=bridge)
    assert moments(union(some)) <= moments(joined)
    assert all(b.start - a.end > bridge for a, b in itertools.pairwise(joined))


@given(_SOME, _SOME)
def test_intersection_and_difference_part_what_they_are_given(some: list[Span], others: list[Span]) -> None:
    a, b = union(some), union(others)
    assert moments(intersection(a, b)) == moments(a) & moments(b)
    assert moments(without(a, b)) == moments(a) - moments(b)
    assert total(intersection(a, b)) + total(without(a, b)) == total(a)


def test_an_empty_span_cannot_be_made() -> None:
    assert span(5, 5) == ()
    with pytest.raises(ValueError, match="ends after"):
        Span(5, 5)
