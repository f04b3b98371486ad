"""The list of conferences, and a conference's own page."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from conference import planning
from conference.forms import ConferenceForm, DeckForm
from conference.keeping import notices
from conference.models import Conference
from conference.selectors import conference_by_id
from conference.services import planning as plan
from core.clock import now
from media.keeping.defaults import installation_rule
from media.keeping.words import rule_text
from people.access import requires
from people.models import OrgUnit, User
from people.permissions import Action, can

PAST_A_PAGE = 20


@requires(Action.HOME)
def index(request: HttpRequest) -> HttpResponse:
    """Sessions in which one has a part: on now, coming, over."""
    user = cast(User, request.user)
    lists = planning.session_lists(user)
    past = Paginator(lists.past, PAST_A_PAGE).get_page(request.GET.get("trang"))
    context = {
        "lists": lists,
        "past": past,
        "empty_conferences": planning.empty_conferences(user),
        "may_create": can(user, Action.CONFERENCE_CREATE),
    }
    return render(request, "conference/index.html", context)


@requires(Action.SESSION_JOIN, on=conference_by_id)
def page(request: HttpRequest, conference: Conference) -> HttpResponse:
    """A conference: its sessions, sites and decks."""
    return render(request, "conference/conference.html", context_of(request, conference))


def context_of(request: HttpRequest, conference: Conference) -> dict[str, object]:
    """What the page of a conference and its decks need."""
    return {
        "conference": conference,
        "sessions": conference.sessions.order_by("planned_start"),
        "sites": conference.sites.select_related("unit", "operator").order_by("name"),
        "decks": conference.decks.order_by("created_at", "id"),
        "deck_form": DeckForm(),
        "notices": notices(cast(User, request.user), conference.sessions.all()),
        "rule_text": rule_text(conference.keeping_rule or installation_rule()),
        "may_manage": can(request.user, Action.CONFERENCE_MANAGE, conference),
        "may_upload": can(request.user, Action.CONTENT_MANAGE, conference),
    }


@requires(Action.CONFERENCE_CREATE)
def create(request: HttpRequest) -> HttpResponse:
    units = planning.organising_units(cast(User, request.user))
    form = ConferenceForm(request.POST or None, units=units, initial={"organiser": units.get() if units.count() == 1 else None})
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("title", "organiser", "hub", "sites")}
        conference = plan.create_conference(keeping=form.keeping_rule(), **fields)
        messages.success(request, _("The conference has been created. Add its first session."))
        return redirect("session-new", conference_id=conference.public_id)
    context = {"form": form, "conference": None}
    return render(request, "conference/conference_form.html", context, status=422 if form.errors else 200)


@requires(Action.CONFERENCE_MANAGE, on=conference_by_id)
def edit(request: HttpRequest, conference: Conference) -> HttpResponse:
    initial = {
        "title": conference.title,
        "hub": conference.hub,
        "sites": conference.sites.all(),
        "organiser": conference.organiser,
        "keeping_policy": conference.keeping_policy,
        "keeping_days": conference.keeping_days or None,
    }
    organiser = OrgUnit.objects.filter(pk=conference.organiser_id)
    form = ConferenceForm(request.POST or None, units=organiser, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("title", "hub", "sites")}
        plan.update_conference(conference=conference, keeping=form.keeping_rule(), now=now(), **fields)
        messages.success(request, _("Saved."))
        return redirect("conference", conference_id=conference.public_id)
    context = {"form": form, "conference": conference}
    return render(request, "conference/conference_form.html", context, status=422 if form.errors else 200)
