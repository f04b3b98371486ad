"""Fields that several forms share; they refuse what no database column takes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.numbers import whole

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django_stubs_ext import StrOrPromise

    _SeveralField = forms.ModelMultipleChoiceField[Model]
else:  # Django's own class takes no parameters
    _SeveralField = forms.ModelMultipleChoiceField

YEARS = range(2000, 2100)


class MomentField(forms.DateTimeField):
    """A date and time of day of this century: at the ends of the calendar there is no local time, and nothing can be added."""

    def __init__(self, **named: Any) -> None:
        limits = {"type": "datetime-local", "min": f"{YEARS.start}-01-01T00:00", "max": f"{YEARS.stop - 1}-12-31T23:59"}
        widget = forms.DateTimeInput(attrs=limits, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"], **named)

    def to_python(self, value: Any) -> dt.datetime | None:
        """The moment, aware; None where nothing is given."""
        moment = super().to_python(value)
        if moment is not None and moment.year not in YEARS:
            raise ValidationError(
                _("Choose a date between the years %(first)s and %(last)s."),
                code="year",
                params={"first": str(YEARS.start), "last": str(YEARS.stop - 1)},
            )
        return moment


class WholeNumberField(forms.IntegerField):
    """A whole number between two limits; whatever is wrong with it, the error names both limits."""

    def __init__(self, *, label: StrOrPromise, min_value: int, max_value: int, **named: Any) -> None:
        said = format_lazy(_("Enter a whole number from {least} to {most}."), least=str(min_value), most=str(max_value))
        errors = dict.fromkeys(("invalid", "min_value", "max_value"), said)
        super().__init__(label=label, min_value=min_value, max_value=max_value, error_messages=errors, **named)


class SeveralField(_SeveralField):
    """Several rows, by their numbers; a number that no row can have is no choice."""

    def clean(self, value: Any) -> QuerySet[Model]:
        for number in value or ():
            if not isinstance(number, str) or whole(number) is None:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": str(number)[:40]}
                )
        return super().clean(value)
