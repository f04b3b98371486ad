"""A small conference: a hub, sites, and people in every role."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from conference.models import AgendaItem, Conference, Deck, DeckPage, RosterEntry, Session, Site
from people.models import OrgUnit, User
from people.permissions import Role

START = dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)
_numbers = count(1)


def make_unit(name: str = "Huyện ủy Hòn Đất", **fields: Any) -> OrgUnit:
    return OrgUnit.objects.create(code=f"U{next(_numbers)}", name=name, kind=fields.pop("kind", OrgUnit.Kind.DISTRICT), **fields)


def make_user(full_name: str = "Nguyễn Thị Hạnh", password: str | None = None, **fields: Any) -> User:
    """A person; without ``password`` only tests that sign in by force can be them."""
    return User.objects.create_user(f"user{next(_numbers)}", password, full_name=full_name, **fields)


def make_site(name: str = "Huyện Hòn Đất", unit: OrgUnit | None = None, operator: User | None = None) -> Site:
    return Site.objects.create(name=name, unit=unit or make_unit(f"Huyện ủy {name}"), operator=operator)


def make_conference(**fields: Any) -> Conference:
    unit = fields.pop("organiser", None) or make_unit("Tỉnh ủy Kiên Giang", kind=OrgUnit.Kind.PROVINCE)
    hub = fields.pop("hub", None) or make_site("Hội trường Tỉnh ủy", unit)
    title = fields.pop("title", "Hội nghị quán triệt Nghị quyết số 57-NQ/TW")
    conference = Conference.objects.create(title=title, organiser=unit, hub=hub, **fields)
    conference.sites.add(hub)
    return conference


def make_session(conference: Conference | None = None, **fields: Any) -> Session:
    fields.setdefault("title", "Phiên buổi sáng")
    fields.setdefault("planned_start", START)
    return Session.objects.create(conference=conference or make_conference(), **fields)


def summon(session: Session, person: User, role: Role, site: Site | None = None, unit: OrgUnit | None = None) -> RosterEntry:
    """Put a person on the session's roster."""
    unit = unit or person.unit or session.conference.organiser
    return RosterEntry.objects.create(session=session, person=person, role=role, site=site, unit=unit)


def make_item(session: Session, title: str = "Chuyên đề 1", **fields: Any) -> AgendaItem:
    position = fields.pop("position", session.agenda.count() + 1)
    fields.setdefault("planned_start", session.planned_start)
    fields.setdefault("planned_minutes", 30)
    return AgendaItem.objects.create(session=session, position=position, title=title, **fields)


def make_deck(conference: Conference, pages: int = 3, **fields: Any) -> Deck:
    """A deck that is ready, without files."""
    fields.setdefault("state", Deck.DeckState.READY)
    deck = Deck.objects.create(conference=conference, title=fields.pop("title", "Chuyên đề 1"), page_count=pages, **fields)
    DeckPage.objects.bulk_create(
        DeckPage(deck=deck, number=n, width=1920, height=1080, text=f"Trang {n}") for n in range(1, pages + 1)
    )
    return deck


@dataclass
class Cast:
    """A session with somebody in every role; ``sites`` have an operator each."""

    session: Session
    people: dict[Role, User]
    sites: list[Site] = field(default_factory=list)

    @property
    def chair(self) -> User:
        return self.people[Role.CHAIR]

    @property
    def presenter(self) -> User:
        return self.people[Role.PRESENTER]

    @property
    def technician(self) -> User:
        return self.people[Role.TECHNICIAN]

    @property
    def operator(self) -> User:
        return self.people[Role.SITE_OPERATOR]

    @property
    def delegate(self) -> User:
        return self.people[Role.DELEGATE]


def make_cast(**session_fields: Any) -> Cast:
    """A session of a new conference, with one person in every role; the site operator sits in the one site."""
    session = make_session(**session_fields)
    names = {
        Role.CHAIR: "Lê Văn Đức",
        Role.PRESENTER: "Nguyễn Thị Hạnh",
        Role.SECRETARY: "Phạm Thu Hà",
        Role.TECHNICIAN: "Trần Quốc Bảo",
        Role.SITE_OPERATOR: "Danh Minh",
        Role.DELEGATE: "Trần Thị Mai",
        Role.VIEWER: "Võ Văn An",
    }
    people = {role: make_user(name) for role, name in names.items()}
    site = make_site(operator=people[Role.SITE_OPERATOR])
    session.conference.sites.add(site)
    for role, person in people.items():
        summon(session, person, role, site=site if role is Role.SITE_OPERATOR else None)
    return Cast(session, people, [site])
