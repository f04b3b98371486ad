"""All recordings whose deletion is announced, for those who may keep them."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from conference.keeping import notices
from people.access import requires
from people.models import User
from people.permissions import Action


@require_safe
@requires(Action.HOME)
def index(request: HttpRequest) -> HttpResponse:
    """Those that the person may manage, the one that goes first first."""
    return render(request, "conference/keeping.html", {"notices": notices(cast(User, request.user))})
