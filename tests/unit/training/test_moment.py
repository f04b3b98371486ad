from __future__ import annotations

import pytest

from training.replay.domain.moment import clock_text, parse_moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("75", 75),
        ("75s", 75),
        ("75.9", 75),
        ("1m15s", 75),
        ("1M15S", 75),
        ("2m", 120),
        ("1h2m3s", 3723),
        ("1h3s", 3603),
        ("1:15", 75),
        ("90:00", 5400),
        ("1:02:03", 3723),
        (" 75 ", 75),
        ("0", 0),
    ],
)
def test_moment_when_it_is_written_as_people_do(text: str, seconds: int) -> None:
    assert parse_moment(text) == seconds * 1000


@pytest.mark.parametrize("text", ["", "-5", "abc", "1:2", "1:75", "1e3", "12:34:56:78", "s", "1s2m", "9" * 30, "NaN", "٣"])
def test_moment_when_it_is_no_moment(text: str) -> None:
    assert parse_moment(text) is None


def test_clock_text() -> None:
    assert [clock_text(ms) for ms in (0, 432_000, 3_723_999)] == ["00:00", "07:12", "1:02:03"]
