"""The card that says how long a recording is kept, for those who manage it, and what they may decide there."""

from __future__ import annotations

from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.errors import Invalid, _
from core.letters import composed
from media.keeping import files, services
from media.keeping.defaults import default_of
from media.keeping.models import Keeping
from media.keeping.rules import MOST_DAYS, Policy, waits_for_warning
from media.keeping.selectors import GONE, capture_goes_at, fate_of, keeping_of, rule_of, tombstone_of
from media.keeping.words import rule_text
from media.models import RECORDING_MACHINE, Recording
from media.selectors import recording_of
from people.access import requires
from people.models import User
from people.permissions import Action


class _RuleForm(forms.Form):
    """What the card sends. An empty policy: the setting's rule."""

    policy = forms.ChoiceField(choices=[("", ""), *Keeping.Policy.choices], required=False)
    days = forms.IntegerField(required=False)


@require_safe
@requires(Action.RECORDING_MANAGE, on=recording_of)
def card(request: HttpRequest, recording: Recording) -> HttpResponse:
    """A fragment: the rule, its dates, and what is on the disk."""
    return _card(request, recording)


@require_POST
@requires(Action.RECORDING_MANAGE, on=recording_of)
def decide(request: HttpRequest, recording: Recording) -> HttpResponse:
    """Set the recording's rule."""
    form = _RuleForm(request.POST)
    if not form.is_valid():
        raise Invalid("keeping.bad_days", _("Give a number of days from 1 to %(most)s."), most=MOST_DAYS)
    chosen = form.cleaned_data["policy"]
    policy = Policy(chosen) if chosen else None
    services.decide(recording=recording, policy=policy, days=form.cleaned_data["days"] or 0, by=cast(User, request.user))
    return _card(request, recording, saved=True)


@require_POST
@requires(Action.RECORDING_MANAGE, on=recording_of)
def hold(request: HttpRequest, recording: Recording) -> HttpResponse:
    """Protect the recording from deletion, or no longer. Other pages than its own offer the first, and are come back to."""
    held = request.POST.get("held") == "1"
    services.hold(recording=recording, held=held, by=cast(User, request.user))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return _card(request, recording, saved=True)
    if held:
        kept = gettext("The recording is kept. It is not deleted before the hold is released on its page.")
        messages.success(request, kept)
    return redirect(back)


@require_POST
@requires(Action.RECORDING_MANAGE, on=recording_of)
def delete(request: HttpRequest, recording: Recording) -> HttpResponse:
    """Delete the recording now, where the word was typed; the page is loaded again and says so."""
    words = _words()
    if composed(request.POST.get("word", "").strip()) not in words:
        raise Invalid("keeping.not_confirmed", _("Nothing was deleted. Type the word “%(word)s” to confirm."), word=words[0])
    services.delete(recording=recording, by=cast(User, request.user))
    recording.refresh_from_db()
    response = _card(request, recording)
    response["HX-Refresh"] = "true"
    return response


def _words() -> list[str]:
    """What is to be typed, in the language of the page, and the other ways in which people spell it."""
    return gettext("delete, Delete, DELETE").split(", ")


def _card(request: HttpRequest, recording: Recording, *, saved: bool = False) -> HttpResponse:
    if recording.state in GONE:
        return render(request, "media/keeping/gone.html", {"recording": recording, "stone": tombstone_of(recording)})
    keeping = keeping_of(recording)
    future, rule, default = fate_of(recording, keeping, now()), rule_of(keeping), default_of(recording.session)
    context = {
        "recording": recording,
        "keeping": keeping,
        "rule_text": rule_text(rule),
        "of_conference": default.of_conference,
        "default_text": rule_text(default.rule),
        "policies": Keeping.Policy.choices,
        "days": keeping.days or default.rule.days or settings.KEEPING_DAYS,
        "most_days": MOST_DAYS,
        "fate": future,
        "announced": future.announced(now()),
        "waits": recording.finished_at is not None and waits_for_warning(rule, future, finished_at=recording.finished_at),
        "delete_held": keeping.held and rule.policy is Policy.DELETE,
        "capture_goes_at": capture_goes_at(recording, keeping, future),
        "sizes": files.sizes(recording.folder, recording.capture_folder),
        "may_delete": RECORDING_MACHINE.allows(Recording.State(recording.state), Recording.State.DELETING),
        "word": _words()[0],
        "pattern": "|".join(_words()),
        "saved": saved,
    }
    return render(request, "media/keeping/card.html", context)
