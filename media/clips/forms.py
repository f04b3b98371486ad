"""What is filled in to cut a clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from core.errors import DiemcauError
from core.messages import error_text
from media.captions.domain.cues import Cue
from media.clips.letters import check_letters
from media.clips.models import Clip
from media.clips.services import MOST_OF_A_REASON, CutValues
from media.clips.shapes import Shape
from media.clips.times import parse_ms, written
from media.clips.words import one_line


class TitleField(forms.CharField):
    """One line of words. Signs alone are none: they would leave the title card and the file's name empty."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return one_line(text) if text else ""

    def validate(self, value: str) -> None:
        super().validate(value)
        if not any(letter.isalnum() for letter in value):
            raise ValidationError(_("Write the title in words: signs alone say nothing."), code="no_words")


class TimeField(forms.CharField):
    """A moment of the recording as ``h:mm:ss.mmm``; its value is in ms."""

    def __init__(self, **named: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "maxlength": 16}
        super().__init__(widget=forms.TextInput(attrs=attrs), **named)

    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        ms = parse_ms(text)
        if ms is None:
            raise ValidationError(_("Write the time as hours:minutes:seconds, for example 0:04:09.280."), code="time")
        return ms


class ReasonField(forms.CharField):
    """Why a clip is returned. The browser does not count along: it would cut off what is pasted, and say nothing."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return one_line(text) if text else ""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class ReturnForm(forms.Form):
    """What is wrong with a clip."""

    reason = ReasonField(
        label=_("What is to be changed?"),
        max_length=MOST_OF_A_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "max_length": _("A reason has at most %(limit_value)d letters; this one has %(show_value)d. Shorten it.")
        },
    )


class ClipForm(forms.Form):
    """``captions``: those of the recording that would be burnt in, where it has any."""

    title = TitleField(
        label=_("Title of the clip"),
        max_length=120,
        help_text=_("It stands on the title card and on the shared page."),
        error_messages={"max_length": _("A title has at most 120 letters; this one has %(show_value)d.")},
    )
    start_ms = TimeField(label=_("Beginning"))
    end_ms = TimeField(label=_("End (its frame is the last one)"))
    shape = forms.ChoiceField(
        label=_("Shape"),
        choices=Clip.Shapes.choices,
        widget=forms.RadioSelect,
        initial=Clip.Shapes.WIDE,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose one of the three shapes.")),
    )
    with_card = forms.BooleanField(label=_("Title card of 2 seconds at the beginning"), required=False, initial=True)
    with_captions = forms.BooleanField(label=_("Captions in the picture"), required=False)

    def __init__(self, *arguments: Any, duration_ms: int, frame_ms: int, captions: Sequence[Cue], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._duration_ms, self._frame_ms, self._captions = duration_ms, frame_ms, captions
        if not captions:
            del self.fields["with_captions"]
            return
        try:
            check_letters(captions)
        except DiemcauError as error:
            self.fields["with_captions"].help_text = escape(error_text(error))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        moments = [name for name in ("start_ms", "end_ms") if name in values]
        for name in moments:
            if values[name] > self._duration_ms:
                told = _("The recording is %(length)s long. Choose a moment within it.")
                self.add_error(name, ValidationError(told, code="beyond", params={"length": written(self._duration_ms)[:-4]}))
        if len(moments) == 2 and not {"start_ms", "end_ms"} & self.errors.keys():
            self._check_length(values["start_ms"], values["end_ms"])
            if values.get("with_captions"):
                self._check_captions(values["start_ms"], values["end_ms"])
        return values

    def _check_captions(self, start_ms: int, end_ms: int) -> None:
        try:
            check_letters(self._captions, start_ms, end_ms)
        except DiemcauError as error:
            self["with_captions"].help_text = ""  # which says the same
            self.add_error("with_captions", error_text(error))

    def _check_length(self, start_ms: int, end_ms: int) -> None:
        """Whatever else is wrong with the form."""
        if start_ms >= end_ms:
            self.add_error("end_ms", ValidationError(_("The end must lie after the beginning."), code="reversed"))
            return
        try:
            CutValues("", start_ms, end_ms, Shape.WIDE, with_card=False, with_captions=False).check(
                self._duration_ms, self._frame_ms
            )
        except DiemcauError as error:
            self.add_error("end_ms", error_text(error))

    def values(self) -> CutValues:
        """What was chosen, of a form that is valid."""
        data = self.cleaned_data
        return CutValues(
            title=data["title"],
            start_ms=data["start_ms"],
            end_ms=data["end_ms"],
            shape=Shape(data["shape"]),
            with_card=data["with_card"],
            with_captions=data.get("with_captions", False),
        )
