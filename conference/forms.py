"""What organisers fill in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conference import pdf
from conference.labels import ROLE_LABELS
from conference.models import AgendaItem, Conference, Session, Site
from conference.selectors import HUB_ROLES
from core.clock import now
from core.errors import DiemcauError
from core.form_fields import MomentField, SeveralField, WholeNumberField
from core.messages import error_text
from media.keeping.defaults import installation_rule
from media.keeping.models import Keeping
from media.keeping.rules import MOST_DAYS, Policy, Rule
from media.keeping.words import rule_text
from people.models import OrgUnit, User
from people.permissions import Role

PAST = dt.timedelta(days=1)
"""So long ago a session may still be planned: one that began early in the day, or past midnight."""


class ConferenceForm(forms.Form):
    """``units``: those in whose name the person may hold a conference."""

    title = forms.CharField(label=_("Title"), max_length=250, widget=forms.TextInput(attrs={"autofocus": True}))
    organiser = forms.ModelChoiceField(
        label=_("Organising unit"), queryset=OrgUnit.objects.none(), empty_label=_("Choose a unit…")
    )
    hub = forms.ModelChoiceField(
        label=_("Hub"),
        queryset=Site.objects.order_by("name"),
        empty_label=_("Choose a site…"),
        help_text=_("The room from which the conference is led."),
    )
    sites = SeveralField(
        label=_("Invited sites"),
        queryset=Site.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each site's operator is summoned to the sessions by itself."),
    )
    keeping_policy = forms.ChoiceField(
        label=_("What happens to recordings later"),
        required=False,
        help_text=_(
            "Holds for every recording of this conference for which no other rule is set on its own page. Archiving deletes what"
            " can be made again; the replay and the download stay. Deleting is announced 7 days before."
        ),
    )
    keeping_days = WholeNumberField(
        label=_("After how many days"),
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
        help_text=_("Counted from the end of the recording. Needed for archiving and deleting."),
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organiser, policy = self.fields["organiser"], self.fields["keeping_policy"]
        assert isinstance(organiser, forms.ModelChoiceField)
        assert isinstance(policy, forms.ChoiceField)
        organiser.queryset = units
        usual = gettext("As the installation: %(rule)s") % {"rule": rule_text(installation_rule())}
        policy.choices = [("", usual), *Keeping.Policy.choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        acts = cleaned.get("keeping_policy") in (Policy.ARCHIVE, Policy.DELETE)
        if acts and cleaned.get("keeping_days") is None and "keeping_days" not in self.errors:
            self.add_error("keeping_days", _("Say after how many days."))
        return cleaned

    def keeping_rule(self) -> Rule | None:
        """The rule that was chosen; None for the installation's. Of a form that is valid."""
        chosen: str = self.cleaned_data["keeping_policy"]
        return Rule(Policy(chosen), self.cleaned_data["keeping_days"] or 0) if chosen else None


class SessionForm(forms.Form):
    """``conference`` None: for a session that exists."""

    title = forms.CharField(label=_("Title"), max_length=200)
    planned_start = MomentField(label=_("Begins at"))
    planned_minutes = WholeNumberField(label=_("Planned minutes"), min_value=5, max_value=24 * 60, initial=120)
    rehearsal = forms.BooleanField(
        label=_("This is a rehearsal"), required=False, help_text=_("To try sites and lines; it has a recording of its own.")
    )
    held_elsewhere = forms.BooleanField(
        label=_("This session has been held already, without this system"),
        required=False,
        help_text=_("To add its recording: the day may then be past. The session’s page then offers “Add a recording”."),
    )
    like = forms.ModelChoiceField(
        label=_("Agenda and roster as in"), queryset=Session.objects.none(), required=False, empty_label=_("A new list")
    )

    def __init__(self, *args: Any, conference: Conference | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if conference is None or not conference.sessions.exists():
            del self.fields["like"]
            return
        like = self.fields["like"]
        assert isinstance(like, forms.ModelChoiceField)
        like.queryset = conference.sessions.order_by("-planned_start")

    def clean(self) -> dict[str, Any]:
        """When it begins: a day long past can only be a slip of the hand, unless it was held elsewhere. What was planned already
        may stay as it is."""
        cleaned = super().clean() or self.cleaned_data
        start: dt.datetime | None = cleaned.get("planned_start")
        planned: dt.datetime | None = self.initial.get("planned_start")
        stays = planned is not None and planned.replace(second=0, microsecond=0) == start
        if start is None or stays:
            return cleaned
        if cleaned.get("held_elsewhere"):
            if start > now():
                self.add_error("planned_start", _("This day is still to come. Say when the session was held."))
        elif start < now() - PAST:
            words = _("This day is past. Choose today or a day to come; if the session was held elsewhere, tick the box below.")
            self.add_error("planned_start", ValidationError(words, code="past"))
        return cleaned


class AgendaItemForm(forms.Form):
    """One line of the agenda; a line left wholly empty counts as none."""

    public_id = forms.CharField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=250)
    kind = forms.ChoiceField(label=_("Kind"), choices=AgendaItem.Kind.choices, initial=AgendaItem.Kind.ITEM)
    minutes = WholeNumberField(label=_("Minutes"), min_value=1, max_value=600, initial=15)
    presenter = forms.ModelChoiceField(label=_("Presenter"), queryset=User.objects.none(), required=False, empty_label="—")

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        presenter = self.fields["presenter"]
        assert isinstance(presenter, forms.ModelChoiceField)
        hub = session.roster.filter(role__in=HUB_ROLES).values("person")
        presenter.queryset = User.objects.filter(pk__in=hub).order_by("name_folded")

    def has_changed(self) -> bool:
        """A new line counts as filled in once it has a title, whatever else stands in it."""
        named = any(str(self.data.get(self.add_prefix(name), "")).strip() for name in ("public_id", "title"))
        return named and super().has_changed()


if TYPE_CHECKING:
    _Lines = BaseFormSet[AgendaItemForm]
else:
    _Lines = BaseFormSet  # generic for the type checker only


class AgendaFormSet(_Lines):
    """All lines; the order numbers say which comes first."""

    def add_fields(self, form: AgendaItemForm, index: int | None) -> None:
        super().add_fields(form, index)
        for name, label in (("ORDER", _("Order")), ("DELETE", _("Remove"))):
            if name in form.fields:
                form.fields[name].label = label


class DeckForm(forms.Form):
    """A PDF, refused by what it holds rather than by what it is called."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False, help_text=_("Left empty: the file's name."))
    file = forms.FileField(
        label=_("PDF file"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        help_text=_("At most 60 MB and 400 pages. Export the slides as PDF."),
    )

    def clean_file(self) -> bytes:
        """The file's content, once it is known to be a deck that can be shown."""
        file = self.cleaned_data["file"]
        try:
            if file.size > pdf.MAX_BYTES:
                pdf.refuse_size()
            data: bytes = file.read()
            pdf.check(data)
        except DiemcauError as error:
            raise ValidationError(error_text(error), code=error.code) from None
        return data

    def deck_title(self) -> str:
        """The given title, else the name of the file without its ending, else just what it is."""
        given: str = self.cleaned_data["title"].strip()
        name = str(getattr(self.files["file"], "name", ""))
        return given or name.rsplit(".", 1)[0].strip()[:200] or str(_("Slides"))


class SummonForm(forms.Form):
    """How a person is summoned to a session."""

    person = forms.ModelChoiceField(queryset=User.objects.filter(is_active=True), to_field_name="public_id")
    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, ROLE_LABELS[role]) for role in Role], initial=Role.DELEGATE)
    site = forms.ModelChoiceField(
        label=_("Site"),
        queryset=Site.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=_("Joins alone, online"),
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = self.fields["site"]
        assert isinstance(site, forms.ModelChoiceField)
        site.queryset = session.conference.sites.order_by("name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("role") == Role.SITE_OPERATOR and not cleaned.get("site"):
            self.add_error("site", _("A site operator needs a site."))
        return cleaned
