"""What is filled in to cut a clip."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.errors import DiemcauError
from core.messages import error_text
from media.clips.models import Clip
from media.clips.services import CutValues
from media.clips.shapes import Shape
from media.clips.times import parse_ms, written


class TimeField(forms.CharField):
    """A moment of the recording as ``h:mm:ss.mmm``; its value is in ms."""

    def __init__(self, **named: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false"}
        super().__init__(max_length=16, widget=forms.TextInput(attrs=attrs), **named)

    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        ms = parse_ms(text)
        if ms is None:
            raise ValidationError(_("Write the time as hours:minutes:seconds, for example 0:04:09.280."), code="time")
        return ms


class ClipForm(forms.Form):
    """``captions``: whether the recording has any, so that they can be burnt in."""

    title = forms.CharField(
        label=_("Title of the clip"), max_length=120, help_text=_("It stands on the title card and on the shared page.")
    )
    start_ms = TimeField(label=_("Beginning"))
    end_ms = TimeField(label=_("End (its frame is the last one)"))
    shape = forms.ChoiceField(label=_("Shape"), choices=Clip.Shapes.choices, widget=forms.RadioSelect, initial=Clip.Shapes.WIDE)
    with_card = forms.BooleanField(label=_("Title card of 2 seconds at the beginning"), required=False, initial=True)
    with_captions = forms.BooleanField(label=_("Captions in the picture"), required=False)

    def __init__(self, *arguments: Any, duration_ms: int, frame_ms: int, captions: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._duration_ms, self._frame_ms = duration_ms, frame_ms
        if not captions:
            del self.fields["with_captions"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            try:
                self.values().check(self._duration_ms, self._frame_ms)
            except DiemcauError as error:
                self.add_error("end_ms", error_text(error))
        return values

    def values(self) -> CutValues:
        """What was chosen, of a form that is valid."""
        data = self.cleaned_data
        return CutValues(
            title=" ".join(data["title"].split()),
            start_ms=data["start_ms"],
            end_ms=data["end_ms"],
            shape=Shape(data["shape"]),
            with_card=data["with_card"],
            with_captions=data.get("with_captions", False),
        )
