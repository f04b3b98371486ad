"""The demonstration data: whole, made once, and kept up to date without touching what people changed."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import stat
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Count
from pytest_django import Settings

from conference.domain.program import State
from conference.models import Conference, RosterEntry, Session, Site
from deploy.demo.conference import is_stale, next_start
from deploy.demo.make import make_demo
from deploy.demo.talk import PICTURE, SLIDES, SOUND, TIMING, cues
from people.models import OrgUnit, User
from people.permissions import Role
from training.models import Activity, Module, Question, Quiz

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 1, 2, tzinfo=dt.UTC)
PASSWORD = "thu-nghiem-1234"  # noqa: S105


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def made(folder: Path, *, now: dt.datetime = NOW, password: str = PASSWORD, another: bool = False) -> Session:
    return make_demo(passwords_file=folder / "demo-logins.json", now=now, password=password, another=another)


def table_sizes() -> dict[str, int]:
    models = (OrgUnit, User, Site, Conference, Session, RosterEntry, Module, Activity, Question, Quiz)
    return {model.__name__: model.objects.count() for model in models}


def test_demo_is_whole(data_dir: Path) -> None:
    session = made(data_dir)
    assert OrgUnit.objects.filter(kind=OrgUnit.Kind.DISTRICT).count() == 15 + 9
    assert OrgUnit.objects.filter(kind=OrgUnit.Kind.COMMUNE).count() == 144 + 106
    conference = session.conference
    assert conference.sites.count() == 16
    assert conference.hub.name == "Hội trường Tỉnh ủy"
    rooms = session.roster.exclude(site=None).values("site").annotate(people=Count("pk")).values_list("people", flat=True)
    assert len(rooms) == 16 and all(10 <= people <= 26 for people in rooms)
    roles = dict(session.roster.values_list("role").annotate(n=Count("pk")).values_list("role", "n"))
    assert (roles[Role.CHAIR], roles[Role.PRESENTER], roles[Role.TECHNICIAN], roles[Role.SITE_OPERATOR]) == (1, 1, 1, 16)
    assert session.roster.filter(site=None).count() == 12
    assert [item.kind for item in session.agenda.all()].count("break") == 1
    deck = conference.decks.get()
    assert (deck.state, deck.page_count, deck.pages.count()) == ("ready", 8, 8)
    activities = session.activities.get(kind="session").module.activities.all()
    assert [activity.kind for activity in activities] == ["session", "recording", "quiz"]
    assert activities[2].quiz is not None and activities[2].quiz.slots.count() == 12


def test_demo_when_made_again_changes_nothing(data_dir: Path) -> None:
    first = made(data_dir)
    sizes, logins = table_sizes(), (data_dir / "demo-logins.json").read_text()
    again = made(data_dir, now=NOW + dt.timedelta(minutes=10))
    assert (again.pk, again.planned_start) == (first.pk, first.planned_start)
    assert table_sizes() == sizes
    assert (data_dir / "demo-logins.json").read_text() == logins


def test_demo_keeps_what_people_changed(data_dir: Path) -> None:
    session = made(data_dir)
    Conference.objects.update(title="Tên khác")
    person = User.objects.get(username="dai-bieu")
    person.full_name = "Tên Khác"
    person.save()
    made(data_dir)
    session.conference.refresh_from_db()
    assert session.conference.title == "Tên khác"
    assert User.objects.get(username="dai-bieu").full_name == "Tên Khác"


def test_session_that_never_began_moves_to_today_with_all_that_hangs_on_it(data_dir: Path) -> None:
    first = made(data_dir)
    gaps = [item.planned_start - first.planned_start for item in first.agenda.all()]
    later = made(data_dir, now=NOW + dt.timedelta(days=9))
    assert later.pk == first.pk
    assert later.planned_start == next_start(NOW + dt.timedelta(days=9))
    assert [item.planned_start - later.planned_start for item in later.agenda.all()] == gaps
    due = later.activities.get(kind="session").module.activities.get(kind="quiz").due_at
    assert due == later.planned_start + dt.timedelta(days=7)


def test_session_that_has_begun_stays(data_dir: Path) -> None:
    first = made(data_dir)
    Session.objects.update(state=State.LIVE)
    later = made(data_dir, now=NOW + dt.timedelta(days=9), another=True)
    assert (later.pk, later.planned_start) == (first.pk, first.planned_start)


def test_another_session_is_planned_only_when_all_have_ended(data_dir: Path) -> None:
    first = made(data_dir)
    assert made(data_dir, another=True).pk == first.pk
    Session.objects.update(state=State.ENDED)
    assert made(data_dir).pk == first.pk
    second = made(data_dir, another=True)
    assert second.pk != first.pk
    assert (second.roster.count(), second.agenda.count()) == (first.roster.count(), first.agenda.count())
    assert second.activities.get(kind="session").module != first.activities.get(kind="session").module
    assert Question.objects.count() == 12


def test_units_keep_true_dates(data_dir: Path) -> None:
    made(data_dir)
    kien_giang = OrgUnit.objects.get(code="91", valid_to__isnull=False)
    assert kien_giang.valid_to == dt.date(2025, 7, 1)
    assert kien_giang.successor is not None
    assert (kien_giang.successor.name, kien_giang.successor.valid_from) == ("Tỉnh An Giang", dt.date(2025, 7, 1))
    assert not OrgUnit.objects.filter(kind=OrgUnit.Kind.DISTRICT, valid_to=None).exists()
    assert OrgUnit.objects.filter(name="Huyện Châu Thành").count() == 2


def test_logins_work_and_only_their_owner_can_read_them(data_dir: Path) -> None:
    made(data_dir, password="")
    path = data_dir / "demo-logins.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((data_dir / "demo-simulated.json").stat().st_mode) == 0o600
    entries = json.loads(path.read_text())
    assert {entry["username"] for entry in entries} >= {"chu-tri", "bao-cao-vien", "ky-thuat", "diem-cau", "dai-bieu", "quan-tri"}
    assert len({entry["password"] for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry) == {"role", "username", "password", "what"}
        assert User.objects.get(username=entry["username"]).check_password(entry["password"])
    simulated = json.loads((data_dir / "demo-simulated.json").read_text())
    assert len(simulated["sites"]) == 15 and len(simulated["delegates"]) == 11
    assert User.objects.get(username=simulated["sites"][3]).check_password(simulated["password"])
    audience = RosterEntry.objects.filter(role=Role.DELEGATE).exclude(site=None).select_related("person")
    assert not any(entry.person.has_usable_password() for entry in audience)


def test_passwords_when_the_file_is_lost_are_new_and_the_old_ones_dead(data_dir: Path) -> None:
    made(data_dir, password="")
    path = data_dir / "demo-logins.json"
    old = {entry["username"]: entry["password"] for entry in json.loads(path.read_text())}
    path.unlink()
    made(data_dir, password="")
    new = {entry["username"]: entry["password"] for entry in json.loads(path.read_text())}
    assert new.keys() == old.keys() and not set(new.values()) & set(old.values())
    chair = User.objects.get(username="chu-tri")
    assert chair.check_password(new["chu-tri"]) and not chair.check_password(old["chu-tri"])


def test_command_when_called_says_what_it_made(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIEMCAU_DEMO_PASSWORD", PASSWORD)
    call_command("demo", passwords_file=data_dir / "here.json")
    assert "16 sites" in capsys.readouterr().out
    assert {entry["password"] for entry in json.loads((data_dir / "here.json").read_text())} == {PASSWORD}


@pytest.mark.parametrize(
    ("planned", "expected"),
    [(NOW + dt.timedelta(hours=5), False), (NOW - dt.timedelta(minutes=59), False), (NOW - dt.timedelta(minutes=61), True),
     (NOW - dt.timedelta(hours=9), True), (NOW + dt.timedelta(days=3), False)],
)  # fmt: skip
def test_a_session_is_stale_an_hour_late_or_a_day_later(planned: dt.datetime, expected: bool) -> None:
    assert is_stale(planned, NOW) is expected


def test_next_start_is_a_quarter_hour_soon() -> None:
    for minute in range(0, 60):
        now = NOW.replace(minute=minute, second=17)
        start = next_start(now)
        assert start.minute % 15 == 0 and start.second == 0
        assert dt.timedelta(minutes=4) <= start - now <= dt.timedelta(minutes=20)


def test_talk_fits_its_slides_and_its_files() -> None:
    turns = cues()
    assert [cue.page for cue in turns] == list(range(1, 9))
    assert turns[0].start_ms == 0
    assert all(earlier.end_ms == later.start_ms for earlier, later in itertools.pairwise(turns))
    assert 100_000 < turns[-1].end_ms < 150_000
    assert sum(path.stat().st_size for path in (SLIDES, SOUND, PICTURE, TIMING)) < 4 * 1024 * 1024
