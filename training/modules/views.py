"""Pages of learning: all modules of a person, and one module."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.clock import now
from people.access import requires
from people.permissions import Action, can
from training.models import Module
from training.modules import selectors
from training.requests import person_of


@require_GET
@requires(Action.HOME)
def learning(request: HttpRequest) -> HttpResponse:
    """Học tập: the person's modules by programme, with what is next in each."""
    person = person_of(request)
    standings = selectors.standings(selectors.modules_of(person), person, now=now())
    return render(request, "training/modules/learning.html", {"standings": standings})


@require_GET
@requires(Action.MODULE_LEARN, on=selectors.module_of)
def module_page(request: HttpRequest, module: Module) -> HttpResponse:
    """The steps of a module and where the person stands."""
    standing = selectors.standing(module, person_of(request), now=now())
    context = {"module": module, "standing": standing, "manages": can(request.user, Action.MODULE_MANAGE, module)}
    return render(request, "training/modules/module.html", context)
