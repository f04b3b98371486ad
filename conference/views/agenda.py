"""The agenda of a session, all lines at once. Without scripts: "one more line" is a submit that saves nothing."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from conference.forms import AgendaFormSet, AgendaItemForm
from conference.models import AgendaItem, Session
from conference.selectors import session_by_id
from conference.services.planning import ItemPlan, save_agenda
from core.clock import now
from core.errors import DiemcauError
from core.messages import error_text
from core.numbers import whole
from people.access import requires
from people.permissions import Action

MOST_LINES = 100


@requires(Action.AGENDA_RUN, on=session_by_id)
def edit(request: HttpRequest, session: Session) -> HttpResponse:
    """Show and save the lines. What was typed stays when something is wrong with it."""
    problem = ""
    if request.method == "POST" and "more" not in request.POST:
        forms = _formset(session, request.POST)
        if forms.is_valid() and forms.forms:  # a form without lines was not filled in by a person
            try:
                save_agenda(session_id=session.public_id, plan=_plan(forms), now=now())
            except DiemcauError as error:
                problem = error_text(error)
            else:
                messages.success(request, _("The agenda has been saved."))
                return redirect("session", session_id=session.public_id)
        else:
            problem = _("Some lines need your attention.")
    elif request.method == "POST":
        forms = _formset(session, _with_one_more(request.POST))
        forms.is_valid()
    else:
        forms = _formset(session, None)
    context = {"session": session, "conference": session.conference, "forms": forms, "problem": problem}
    return render(request, "conference/agenda.html", context, status=422 if problem else 200)


def _formset(session: Session, data: Any) -> AgendaFormSet:
    lines = list(session.agenda.order_by("position"))
    make = formset_factory(
        AgendaItemForm,
        formset=AgendaFormSet,
        extra=1 if lines else 3,
        can_delete=True,
        can_order=True,
        max_num=MOST_LINES,
        absolute_max=MOST_LINES,  # what a broken form claims must not cost a thousand lines
        validate_max=True,
    )
    initial = [
        {
            "public_id": item.public_id,
            "title": item.title,
            "kind": item.kind,
            "minutes": item.planned_minutes,
            "presenter": item.presenter_id,
        }
        for item in lines
    ]
    return cast(AgendaFormSet, make(data, initial=initial, form_kwargs={"session": session}))


def _with_one_more(posted: Any) -> Any:
    data = posted.copy()
    total = whole(posted.get("form-TOTAL_FORMS", ""))
    count = 1 if total is None else min(MOST_LINES, total + 1)
    new = AgendaItemForm.base_fields
    data["form-TOTAL_FORMS"] = str(count)
    for name in ("kind", "minutes"):
        data.setdefault(f"form-{count - 1}-{name}", str(new[name].initial))
    return data


def _plan(forms: AgendaFormSet) -> list[ItemPlan]:
    return [
        ItemPlan(
            public_id=form.cleaned_data["public_id"] or None,
            title=form.cleaned_data["title"],
            kind=AgendaItem.Kind(form.cleaned_data["kind"]),
            minutes=form.cleaned_data["minutes"],
            presenter=form.cleaned_data["presenter"],
        )
        for form in forms.ordered_forms
        if form.cleaned_data.get("title")
    ]
