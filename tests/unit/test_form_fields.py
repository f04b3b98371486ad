"""What forms say about numbers and dates, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
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


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        (forms.CharField(), "", "Đồng chí chưa nhập ô này."),
        (forms.CharField(max_length=3), "a" * 4, "Nhập tối đa 3 ký tự (hiện có 4)."),
        (forms.CharField(min_length=3), "a", "Nhập ít nhất 3 ký tự (hiện có 1)."),
        (forms.IntegerField(), "nhiều", "Nhập một số nguyên."),
        (forms.IntegerField(min_value=5), "4", "Nhập giá trị từ 5 trở lên."),
        (forms.IntegerField(max_value=5), "6", "Nhập giá trị không quá 5."),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "“b” không có trong danh sách. Chọn lại trong danh sách."),
        (forms.TypedChoiceField(choices=[("a", "A")]), "b", "“b” không có trong danh sách. Chọn lại trong danh sách."),
        (forms.FileField(), SimpleUploadedFile("a.pdf", b""), "Tệp trống. Đồng chí hãy kiểm tra lại tệp trên máy rồi chọn lại."),
        (forms.FileField(), "a.pdf", "Chưa nhận được tệp. Đồng chí tải lại trang rồi chọn lại tệp."),
        (forms.RegexField("^x$"), "b", "Giá trị chưa hợp lệ."),
    ],
)  # fmt: skip
def test_our_words_stand_before_those_of_django(field: forms.Field, given: Any, said: str) -> None:
    with translation.override("vi"), pytest.raises(forms.ValidationError) as caught:
        field.clean(given)
    assert caught.value.messages == [said]
