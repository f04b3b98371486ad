from __future__ import annotations

import pytest

from training.modules.domain.activities import (
    Presence,
    Progress,
    Status,
    progress,
    quiz_status,
    recording_status,
    session_status,
)


@pytest.mark.parametrize(
    ("ratio", "coverage", "status"),
    [
        (None, None, Status.OPEN),
        (0.0, 0.0, Status.OPEN),
        (0.8, None, Status.DONE),
        (0.7999, 0.2, Status.STARTED),
        (0.5, 0.9, Status.MADE_UP),
        (0.0, 0.8999, Status.STARTED),
        (1.0, 1.0, Status.DONE),
    ],
)
def test_session_when_attended_or_made_up(ratio: float | None, coverage: float | None, status: Status) -> None:
    assert session_status(Presence(ratio, coverage), presence_percent=80, coverage_percent=90) is status


@pytest.mark.parametrize(
    ("coverage", "status"),
    [(None, Status.OPEN), (0.0, Status.OPEN), (0.1, Status.STARTED), (0.89, Status.STARTED), (0.9, Status.DONE)],
)
def test_recording_when_watched(coverage: float | None, status: Status) -> None:
    assert recording_status(coverage, coverage_percent=90) is status


def test_recording_when_a_division_is_inexact_is_still_done() -> None:
    assert recording_status(sum([0.1] * 9), coverage_percent=90) is Status.DONE


def test_quiz_when_passed_or_tried() -> None:
    assert quiz_status(passed=True, attempts=1, answering=True) is Status.DONE
    assert quiz_status(passed=False, attempts=2, answering=True) is Status.STARTED
    assert quiz_status(passed=False, attempts=2, answering=False) is Status.NOT_PASSED
    assert quiz_status(passed=False, attempts=0, answering=False) is Status.OPEN


def test_progress_when_some_activities_are_optional_counts_the_required() -> None:
    found = progress([(True, Status.MADE_UP), (False, Status.OPEN), (True, Status.STARTED)])
    assert (found, found.complete) == (Progress(1, 2), False)
    assert progress([(True, Status.DONE), (False, Status.OPEN)]).complete
    assert not progress([(False, Status.DONE)]).complete
