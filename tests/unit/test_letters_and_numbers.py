"""Numbers and letters as strangers send them."""

from __future__ import annotations

import unicodedata

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from conference.views.whip import TooLarge, _offer
from core.errors import Invalid
from core.letters import MOST_MARKS, composed, sparing
from core.numbers import MOST, whole
from media.captions.messages import SaveMessage, read_save
from media.clips.forms import TitleField
from people.names import file_stem, folded
from training.quiz.domain.questions import clean
from training.requests import read_json


@given(st.integers(0, MOST))
def test_a_number_is_read(number: int) -> None:
    assert whole(str(number)) == number
    assert whole(f"00{number}") == (number if number < 10**16 else None)


@pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", "-1", "1_0", "1.0", "1e3", "٣", "²", "9" * 5_000, str(MOST + 1), "0x1"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert whole(text) is None


def test_a_number_has_a_limit() -> None:
    assert (whole("9", 9), whole("10", 9)) == (9, None)


@given(st.text() | st.text("aà\u0301\u0323\u0344\u0f73\u0958\u09c7\u09be\u1100\u1161", max_size=200))
def test_composing_twice_changes_nothing_and_real_text_is_whole(text: str) -> None:
    once = composed(text)
    assert composed(once) == once
    assert unicodedata.is_normalized("NFC", once)
    if sparing(text) == text:
        assert once == sparing(unicodedata.normalize("NFC", text))


@pytest.mark.timeout(60)  # an hour, where the marks are sorted in the square of their number
@pytest.mark.parametrize("mark", ["\u0301\u0323", "\u0f73", "\u0344"])
def test_a_million_marks_are_cut(mark: str) -> None:
    long = "ê" + mark * (1_000_000 // len(mark)) + "x"
    assert 2 < len(composed(long)) <= MOST_MARKS + 2
    assert folded(long).startswith("e") and file_stem(long, "-") != "-"
    assert len(TitleField(max_length=120).clean(long)) == len(clean(long)) == len(composed(long))


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "1_0", "٣", "4000001"])
def test_a_length_that_is_none_is_refused_and_told(length: str) -> None:
    request = RequestFactory().post("/", "{}", content_type="application/json", headers={"Content-Length": length})
    with pytest.raises(Invalid):
        read_save(request)
    with pytest.raises(Invalid):
        read_json(request, SaveMessage)
    with pytest.raises(TooLarge):
        _offer(request)
