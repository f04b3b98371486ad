"""What is asked when captions are brought: the language and the file."""

from __future__ import annotations

from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import DiemcauError
from core.messages import error_text
from media.captions.domain.cues import Cue
from media.captions.domain.decoding import MAX_BYTES
from media.captions.domain.formats import Broken, parse
from media.captions.domain.languages import NAMES, VIETNAMESE, tidy_tag

OTHER = "other"
_TOLD = 8
"""How many mistakes of a file are told at once; nobody reads a thousand."""


def read_file(file: IO[bytes]) -> list[Cue]:
    """The file's cues. Raises ValidationError that says what is wrong, line by line."""
    try:
        return parse(file.read(MAX_BYTES + 1))  # not a byte more than is needed to see that it is too large
    except Broken as broken:
        lines = [
            gettext("Line %(line)s: %(mistake)s") % {"line": problem.line, "mistake": gettext(problem.message)}
            for problem in broken.problems[:_TOLD]
        ]
        if len(broken.problems) > _TOLD:
            lines.append(gettext("Further mistakes: %(count)s.") % {"count": len(broken.problems) - _TOLD})
        raise ValidationError([error_text(broken), *lines], code=broken.code) from None
    except DiemcauError as error:
        raise ValidationError(error_text(error), code=error.code) from None


class CaptionFileForm(forms.Form):
    """A file for a track that is there."""

    file = forms.FileField(
        label=_("Caption file"),
        widget=forms.FileInput(attrs={"accept": ".vtt,.srt,text/vtt,application/x-subrip"}),
        help_text=_("WebVTT (.vtt) or SRT (.srt), at most 2 MB."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def clean_file(self) -> list[Cue]:
        return read_file(self.cleaned_data["file"])


class NewCaptionsForm(forms.Form):
    """A track that is not there yet, from a file or, where ``writing``, to be written on the page without one."""

    language = forms.ChoiceField(
        label=_("Language"), choices=[*NAMES.items(), (OTHER, _("Another language"))], initial=VIETNAMESE
    )
    file = forms.FileField(
        label=_("Caption file"),
        widget=forms.FileInput(attrs={"accept": ".vtt,.srt,text/vtt,application/x-subrip"}),
        help_text=_("WebVTT (.vtt) or SRT (.srt), at most 2 MB."),
        error_messages={"required": _("Choose the caption file. To write the captions yourself, use the other button.")},
    )
    tag = forms.CharField(
        label=_("Language code"), max_length=35, required=False, help_text=_("For another language: its BCP 47 code, such as lo.")
    )
    name = forms.CharField(
        label=_("Name in the menu"), max_length=60, required=False, help_text=_("For another language: what its readers call it.")
    )

    def __init__(self, *arguments: Any, writing: bool = False, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.writing = writing
        self.fields["file"].required = not writing

    def clean_file(self) -> list[Cue]:
        return [] if self.writing else read_file(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        """Gives ``language`` as a tag and ``name`` as what the menu shows."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found.get("language") != OTHER:
            return found | {"name": NAMES.get(found.get("language", ""), "")}
        tag, name = tidy_tag(found.get("tag", "")), found.get("name", "").strip()
        if tag is None:
            self.add_error("tag", _("This is not a language code. It looks like lo, or zh-Hant."))
        if not name:
            self.add_error("name", _("Say what the language is called."))
        return found | {"language": tag, "name": name}
