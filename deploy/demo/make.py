"""Everything of the demonstration, made or brought up to date in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from django.utils import timezone

from conference.models import Session
from deploy.demo import conference, deck, learning, logins, people, units
from people.models import OrgUnit, User


def make_demo(
    *,
    passwords_file: Path,
    now: dt.datetime,
    password: str = "",
    another: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Session:
    """Make what is missing of the demonstration, leave what is there; gives the newest session.

    Logins get random passwords, or all get ``password`` where it is not empty. ``another`` plans one more session where every
    one has ended. ``say`` gets a line about each part.
    """
    tree = units.make_units()
    plan = people.plan_people(tree)
    accounts = _make_accounts(plan, tree, passwords_file, password)
    say(f"{len(tree)} units, {len(accounts)} people")
    session = conference.make_conference(tree, plan, accounts, now=now, another=another)
    planned = timezone.localtime(session.planned_start)
    say(f"{session.conference.sites.count()} sites; session {session.public_id}: {session.state}, {planned:%d/%m/%Y %H:%M}")
    slides = deck.make_deck(session.conference, by=accounts["bao-cao-vien"], now=now)
    module = learning.make_module(session, by=accounts["thu-ky"])
    say(f"deck of {slides.page_count} pages: {slides.state}; module with {module.activities.count()} activities")
    return session


def _make_accounts(plan: list[people.Person], tree: dict[str, OrgUnit], passwords_file: Path, password: str) -> dict[str, User]:
    simulated_file = passwords_file.with_name("demo-simulated.json")
    named = logins.named(plan)
    before = set(User.objects.filter(username__in=[p.username for p in plan]).values_list("username", flat=True))
    simulated = password or logins.read_simulated(simulated_file) or logins.new_password()
    accounts = people.make_people(plan, tree, simulated_password=simulated)
    # The file is the truth about passwords of accounts that exist: who lost it gets new ones, whoever has it keeps them.
    known = logins.read_logins(passwords_file)
    wanted = {username: password or known.get(username) or logins.new_password() for username in named}
    logins.set_passwords(accounts, {u: p for u, p in wanted.items() if u not in before or known.get(u) != p})
    logins.write_logins(passwords_file, plan, wanted)
    logins.write_simulated(simulated_file, plan, simulated)
    return accounts
