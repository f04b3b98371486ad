"""Pages of a person: home, account, language; and the wrapped pages of allauth."""

from __future__ import annotations

from typing import cast

from allauth.account import views as allauth_views
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import home as home_registry
from core import preferences
from core.errors import NotAllowed
from core.errors import _ as _msgid
from people.access import open_to_all, requires
from people.forms import DisplayForm
from people.models import User
from people.permissions import Action

sign_in = open_to_all(allauth_views.login)
sign_out = open_to_all(allauth_views.logout)
inactive = open_to_all(allauth_views.account_inactive)


@requires(Action.HOME)
def change_password(request: HttpRequest) -> HttpResponse:
    """allauth's page. Who came in without a password (through another system) has none to change here."""
    if not cast(User, request.user).has_usable_password():
        raise NotAllowed(
            "people.no_password", _msgid("This account has no password here. Ask the organiser of your unit for one.")
        )
    return cast(HttpResponse, allauth_views.password_change(request))


@requires(Action.HOME)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What is on now, what I must do, what comes."""
    return render(request, "people/home.html", {"cards": home_registry.collect(request.user), "today": timezone.localdate()})


@requires(Action.HOME)
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, and how pages look on this device."""
    user = cast(User, request.user)
    initial = {
        "language": translation.get_language(),
        "theme": preferences.theme(request),
        "text": preferences.text_size(request),
    }
    form = DisplayForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        response = redirect("account")
        remember_language(response, form.cleaned_data["language"])
        for name, value in (
            (preferences.THEME_COOKIE, form.cleaned_data["theme"]),
            (preferences.TEXT_COOKIE, form.cleaned_data["text"]),
        ):
            response.set_cookie(
                name, value, max_age=preferences.COOKIE_AGE_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        _keep_language(user, form.cleaned_data["language"])
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Saved."))
        return response
    status = 422 if form.is_bound else 200
    return render(request, "people/account.html", {"form": form}, status=status)


@open_to_all
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language and go back to where one was; only ever to an address of this site."""
    language = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    if language in dict(settings.LANGUAGES):
        remember_language(response, language)
        if request.user.is_authenticated:
            _keep_language(request.user, language)
    return response


@requires(Action.PLATFORM_OPERATE)
@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """All components in all states: what the design is, and what the accessibility tests look at."""
    from people.style import sample

    return render(request, "people/style.html", sample(request))


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the language on this device."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=preferences.COOKIE_AGE_S,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _keep_language(user: User, language: str) -> None:
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
