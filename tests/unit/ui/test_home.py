"""The registries that let higher apps stand on pages of lower ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from core import home, navigation

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def own_registries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(home, "_providers", {})
    monkeypatch.setattr(navigation, "_items", {})
    yield


def test_todo_cards_stand_by_due_date_when_several_providers_offer_them() -> None:
    late, soon, never = (
        home.TodoCard("late", "/l", due=NOON + dt.timedelta(days=9)),
        home.TodoCard("soon", "/s", due=NOON),
        home.TodoCard("never", "/n"),
    )
    home.register("one", lambda user: home.Cards(todo=(never, late)))
    home.register("two", lambda user: home.Cards(todo=(soon,)))
    assert home.collect(None).todo == (soon, late, never)


def test_coming_cards_stand_in_order_of_time() -> None:
    later, first = home.ComingCard("later", NOON + dt.timedelta(days=1)), home.ComingCard("first", NOON)
    home.register("one", lambda user: home.Cards(coming=(later, first)))
    assert home.collect(None).coming == (first, later)


def test_other_cards_stay_when_a_provider_fails() -> None:
    def broken(user: object) -> home.Cards:
        raise RuntimeError

    way_in = home.NowCard("conference", "/c", "Enter")
    home.register("broken", broken)
    home.register("well", lambda user: home.Cards(now=(way_in,)))
    assert home.collect(None).now == (way_in,)


def test_one_card_stands_when_a_provider_registers_twice() -> None:
    for _ in range(2):
        home.register("same", lambda user: home.Cards(now=(home.NowCard("one", "/1", "Enter"),)))
    assert len(home.collect(None).now) == 1


def test_navigation_entries_stand_in_order_and_the_root_is_current_only_on_itself() -> None:
    navigation.register(navigation.NavItem(0, "home", "Home", "house"))
    navigation.register(navigation.NavItem(2, "account", "Account", "user", prefixes=("/further/",)))
    assert [item.url_name for item in navigation.items()] == ["home", "account"]
    root, account = navigation.items()
    assert [root.is_current(path) for path in ("/", "/tai-khoan/")] == [True, False]
    assert [account.is_current(path) for path in ("/", "/tai-khoan/mat-khau/", "/further/1/")] == [False, True, True]
