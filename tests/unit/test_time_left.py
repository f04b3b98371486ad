"""How long a job will still take."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from core.clock import now
from media.work.left import left_s, left_words


def test_the_rest_takes_as_long_as_what_is_made_took() -> None:
    since = now() - dt.timedelta(seconds=30)
    assert left_s(0.25, since) == pytest.approx(90, rel=0.02)
    assert left_s(0.001, since) is None, "too little to tell its speed"
    assert left_s(0.25, None) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""), (59.0, "còn chưa đầy một phút"), (61.0, "còn khoảng 1 phút"), (110.0, "còn khoảng 2 phút"),
        (3540.0, "còn khoảng 59 phút"),
        (3600.0, "còn khoảng 1 giờ"), (9000.0, "còn khoảng 2 giờ"),
    ],
)  # fmt: skip
def test_in_words(seconds: float | None, words: str) -> None:
    with translation.override("vi"):
        assert left_words(seconds) == words
