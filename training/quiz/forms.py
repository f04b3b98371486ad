"""Forms of those who look after a quiz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from core.form_fields import MomentField, WholeNumberField
from training.models import Quiz
from training.quiz.domain import review
from training.quiz.domain.attempts import Method
from training.quiz.domain.review import Solution
from training.quiz.formats.gift import MAX_BYTES

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Quiz]
else:  # Django's own class takes no parameters
    _ModelForm = forms.ModelForm


MAX_INTRO = 5_000


class QuizForm(_ModelForm):
    """A quiz's rules. Times are in minutes here and in seconds in the table."""

    time_limit_min = WholeNumberField(label=_("Minutes for each attempt"), min_value=1, max_value=600, required=False)
    method = forms.ChoiceField(
        label=_("Which attempt counts"),
        choices=[
            (Method.HIGHEST.value, _("the best one")),
            (Method.AVERAGE.value, _("the average")),
            (Method.FIRST.value, _("the first one")),
            (Method.LAST.value, _("the last one")),
        ],
    )

    solution = forms.ChoiceField(
        label=_("Right answers are shown"),
        choices=[
            (Solution.AFTER_SUBMIT.value, _("as soon as one has handed in")),
            (Solution.SETTLED.value, _("when one has passed or has no attempt left")),
            (Solution.AFTER_CLOSE.value, _("when the quiz has closed")),
            (Solution.NEVER.value, _("never")),
        ],
    )

    opens_at = MomentField(label=_("Opens"), required=False)
    closes_at = MomentField(label=_("Closes"), required=False)

    class Meta:
        model = Quiz
        fields = (
            "title", "intro", "time_limit_min", "max_attempts", "method", "pass_percent",
            "solution", "opens_at", "closes_at", "shuffle_questions", "shuffle_options",
        )  # fmt: skip
        labels: ClassVar = {
            "title": _("Title of the quiz"),
            "intro": _("What it is about"),
            "max_attempts": _("Number of attempts"),
            "pass_percent": _("Percent needed to pass"),
            "shuffle_questions": _("Questions in a different order for everybody"),
            "shuffle_options": _("Answers in a different order for everybody"),
        }
        widgets: ClassVar = {"intro": forms.Textarea(attrs={"rows": 3, "maxlength": MAX_INTRO})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.time_limit_s:
            self.fields["time_limit_min"].initial = self.instance.time_limit_s // 60
        self.fields["solution"].initial = review.solution_shown(self.instance.review_rules()).value
        self.fields["intro"].validators.append(MaxLengthValidator(MAX_INTRO))
        self.fields["max_attempts"].widget.attrs.update(min=1)
        self.fields["pass_percent"].widget.attrs.update(min=0, max=100, step="any")

    def clean_max_attempts(self) -> int | None:
        """An empty field is no limit; nought would be none at all."""
        value: int | None = self.cleaned_data["max_attempts"]
        if value == 0:
            raise forms.ValidationError(_("At least one attempt must be possible; leave it empty for no limit."))
        return value

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("The quiz must close after it opens."))
        return data

    def save(self, commit: bool = True) -> Quiz:
        limit = self.cleaned_data["time_limit_min"]
        self.instance.time_limit_s = limit * 60 if limit else None
        self.instance.review = review.dump(review.showing_solution(Solution(self.cleaned_data["solution"])))
        return super().save(commit)


class ImportForm(forms.Form):
    """A file of questions."""

    file = forms.FileField(
        label=_("GIFT file (UTF-8)"), help_text=_("At most 1 MB. Nothing changes before you agree to the preview.")
    )

    def source(self) -> bytes:
        """The file's bytes, no more than the parser accepts and one."""
        content: bytes = self.cleaned_data["file"].read(MAX_BYTES + 1)
        return content


class ConfirmForm(forms.Form):
    """A previewed file, and what to do with its questions."""

    source = forms.CharField(strip=False)
    mode = forms.ChoiceField(choices=[("replace", ""), ("append", "")])
