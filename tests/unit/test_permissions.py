"""The one permission function, over its whole matrix."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from people.models import User
from people.permissions import MATRIX, Action, Role, abilities, can


class Thing:
    def __init__(self, role: Role | None) -> None:
        self.role = role

    def role_of(self, user: User) -> Role | None:
        return self.role


def person(platform_role: str = "member", *, active: bool = True) -> User:
    return User(username="x", full_name="X", platform_role=platform_role, is_active=active)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_a_role_allows_exactly_its_row(role: Role, action: Action) -> None:
    expected = action in MATRIX[role] or action is Action.HOME
    assert can(person(), action, Thing(role)) is expected


def test_nobody_outside_may_do_anything_on_a_thing() -> None:
    assert abilities(person(), Thing(None)) == [Action.HOME]
    assert abilities(AnonymousUser(), Thing(Role.CHAIR)) == []
    assert abilities(person(active=False), Thing(Role.CHAIR)) == []


def test_an_administrator_may_do_everything_without_a_role() -> None:
    assert abilities(person("admin"), Thing(None)) == sorted(Action)


def test_every_role_has_a_row_and_only_the_running_roles_run_the_session() -> None:
    assert set(MATRIX) == set(Role)
    assert {role for role in Role if Action.SESSION_RUN in MATRIX[role]} == {Role.CHAIR, Role.TECHNICIAN}
    assert {role for role in Role if Action.FLOOR_MANAGE in MATRIX[role]} == {Role.CHAIR, Role.TECHNICIAN}


def test_a_viewer_can_neither_publish_nor_ask_for_the_floor() -> None:
    assert not can(person(), Action.MEDIA_PUBLISH, Thing(Role.VIEWER))
    assert not can(person(), Action.FLOOR_REQUEST, Thing(Role.VIEWER))
    assert can(person(), Action.CHAT_ALL, Thing(Role.VIEWER))
