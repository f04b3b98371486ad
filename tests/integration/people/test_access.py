"""Views declare who may call them; the declaration is enforced, and a view without one is found."""

from __future__ import annotations

import types

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

from core.errors import NotAllowed, NotFound, NotSignedIn
from deploy.command.declared import undeclared_commands, undeclared_views
from people.access import UNDECLARED, declared_action, open_to_all, requires
from people.models import User
from people.permissions import Action, HasRoles, Role


class Thing:
    """Something on which everybody is a presenter."""

    def role_of(self, user: User) -> Role | None:
        return Role.PRESENTER


def thing_of(public_id: str) -> HasRoles:
    if public_id != "known":
        raise NotFound
    return Thing()


@requires(Action.CONTENT_PRESENT, on=thing_of)
def page(request: HttpRequest, thing: Thing, number: int) -> HttpResponse:
    return HttpResponse(f"{type(thing).__name__} {number}")


@requires(Action.FLOOR_MANAGE, on=thing_of)
def floor(request: HttpRequest, thing: Thing) -> HttpResponse:
    return HttpResponse("never for a presenter")


@requires(Action.CONTENT_PRESENT, on=thing_of)
async def page_async(request: HttpRequest, thing: Thing) -> HttpResponse:
    return HttpResponse(type(thing).__name__)


@open_to_all
def about(request: HttpRequest) -> HttpResponse:
    return HttpResponse("everybody")


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("who may see this?")


def request_of(user: User | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user  # type: ignore[assignment]  # what the middleware does
    return request


MEMBER = User(username="member", full_name="Lê Văn Ân")


def test_requires_when_allowed_gives_the_thing_in_place_of_its_arguments() -> None:
    assert page(request_of(MEMBER), public_id="known", number=3).content == b"Thing 3"


def test_requires_when_nobody_is_signed_in_tells_nothing_of_the_thing() -> None:
    for public_id in ("known", "unknown"):
        with pytest.raises(NotSignedIn):
            page(request_of(AnonymousUser()), public_id=public_id, number=1)


def test_requires_when_login_is_no_longer_active() -> None:
    with pytest.raises(NotSignedIn):
        page(request_of(User(username="gone", is_active=False)), public_id="known", number=1)


def test_requires_when_thing_is_unknown() -> None:
    with pytest.raises(NotFound):
        page(request_of(MEMBER), public_id="unknown", number=1)


def test_requires_when_role_does_not_allow() -> None:
    with pytest.raises(NotAllowed):
        floor(request_of(MEMBER), public_id="known")


async def test_requires_when_view_is_async() -> None:
    assert (await page_async(request_of(MEMBER), public_id="known")).content == b"Thing"
    with pytest.raises(NotSignedIn):
        await page_async(request_of(AnonymousUser()), public_id="known")


def test_declared_action_when_declared_open_and_forgotten() -> None:
    assert declared_action(page) is Action.CONTENT_PRESENT
    assert declared_action(page_async) is Action.CONTENT_PRESENT
    assert declared_action(about) is None
    assert declared_action(forgotten) is UNDECLARED


def test_views_and_commands_all_declare_their_action() -> None:
    assert undeclared_views() == []
    assert undeclared_commands() == []


def test_undeclared_views_when_one_is_forgotten_names_it() -> None:
    urls = types.ModuleType("urls")
    urls.urlpatterns = [path("about", about), path("p/<public_id>", page), path("forgotten", forgotten)]  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=urls):
        found = undeclared_views()
    assert len(found) == 1 and "/forgotten" in found[0]
