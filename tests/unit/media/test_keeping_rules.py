"""When what becomes of a finished recording."""

from __future__ import annotations

import datetime as dt

import pytest

from media.keeping.rules import WARNING, Fate, Policy, Rule, fate, is_due

END = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "finished_at", "held", "expected"),
    [
        (Rule(Policy.KEEP), END, False, Fate()),
        (Rule(Policy.ARCHIVE, 30), END, False, Fate(archive_at=END + 30 * DAY)),
        (Rule(Policy.ARCHIVE, 30), END, True, Fate(archive_at=END + 30 * DAY)),
        (Rule(Policy.DELETE, 30), END, False, Fate(warn_at=END + 23 * DAY, delete_at=END + 30 * DAY)),
        (Rule(Policy.DELETE, 30), END, True, Fate()),
        (Rule(Policy.DELETE, 30), None, False, Fate()),
    ],
)
def test_fate_follows_from_the_rule(rule: Rule, finished_at: dt.datetime | None, held: bool, expected: Fate) -> None:
    assert fate(rule, finished_at=finished_at, held=held, warned_at=None, now=END) == expected


def test_deletion_is_never_due_sooner_than_a_week_after_it_was_announced() -> None:
    late = END + 900 * DAY
    rule = Rule(Policy.DELETE, 30)
    unannounced = fate(rule, finished_at=END, held=False, warned_at=None, now=late)
    assert unannounced.announced(late)
    assert unannounced.delete_at == late + WARNING, "no day is promised that cannot be kept"
    assert not is_due(unannounced, warned_at=None, now=late)
    announced = fate(rule, finished_at=END, held=False, warned_at=late, now=late)
    assert announced.delete_at == late + WARNING
    assert not is_due(announced, warned_at=late, now=late + WARNING - dt.timedelta(seconds=1))
    assert is_due(announced, warned_at=late, now=late + WARNING)


def test_deletion_announced_early_waits_for_its_day() -> None:
    warned = END + 23 * DAY
    future = fate(Rule(Policy.DELETE, 30), finished_at=END, held=False, warned_at=warned, now=warned)
    assert not is_due(future, warned_at=warned, now=END + 29 * DAY)
    assert is_due(future, warned_at=warned, now=END + 30 * DAY)
