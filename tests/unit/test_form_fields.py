"""What forms say about numbers and dates, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.utils import translation

from core.form_fields import WholeNumberField


class _Form(forms.Form):
    minutes = WholeNumberField(label="Thời lượng", min_value=5, max_value=1440)


@pytest.mark.parametrize("typed", ["2", "1441", "-3", "1.5", "nhiều"])
def test_a_whole_number_when_wrong_is_told_its_limits(typed: str) -> None:
    with translation.override("vi"):
        assert _Form({"minutes": typed}).errors == {"minutes": ["Nhập một số nguyên từ 5 đến 1440."]}
    with translation.override("en"):
        assert _Form({"minutes": typed}).errors == {"minutes": ["Enter a whole number from 5 to 1440."]}


@pytest.mark.parametrize(
    ("validator", "value", "said"),
    [
        (MinValueValidator(5), 4, "Nhập giá trị từ 5 trở lên."),
        (MaxValueValidator(5), 6, "Nhập giá trị không quá 5."),
        (StepValueValidator(5), 6, "Nhập giá trị là bội số của 5."),
    ],
)
def test_django_speaks_vietnamese_without_stray_spaces(validator: Any, value: int, said: str) -> None:
    with translation.override("vi"), pytest.raises(forms.ValidationError) as caught:
        validator(value)
    assert caught.value.messages == [said]
