"""Planning pages, as those see them who may and who may not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.http import urlencode

from conference import onward, selectors
from conference.domain.program import State
from conference.models import AgendaItem, Conference, Deck, RosterEntry, Session, Site
from conference.planning import ends_at, organising_units
from conference.services import planning, program, seats
from core.clock import now, to_ms
from media.models import Recording
from people.models import User
from people.permissions import Role
from tests.factories.conference import Cast, make_cast, make_item, make_session, make_site, make_unit, make_user, summon
from tests.support.pdf import make_pdf

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


@pytest.fixture
def cast(settings: Any, tmp_path: Path) -> Cast:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return make_cast()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def organiser(cast: Cast) -> User:
    return make_user("Cán bộ tổ chức", unit=cast.session.conference.organiser, platform_role=User.PlatformRole.ORGANISER)


def paths(cast: Cast) -> dict[str, str]:
    session, conference = cast.session.public_id, cast.session.conference.public_id
    return {
        "list": "/hoi-nghi/",
        "create": "/hoi-nghi/moi/",
        "conference": f"/hoi-nghi/{conference}/",
        "edit": f"/hoi-nghi/{conference}/sua/",
        "session": f"/phien/{session}/",
        "status": f"/phien/{session}/trang-thai/",
        "session edit": f"/phien/{session}/sua/",
        "new session": f"/hoi-nghi/{conference}/phien-moi/",
        "agenda": f"/phien/{session}/chuong-trinh/",
        "roster": f"/phien/{session}/trieu-tap/",
        "room": f"/hop/{session}/",
        "console": f"/hop/{session}/dieu-hanh/",
        "decks": f"/hoi-nghi/{conference}/bai-chieu/",
    }


ANYBODY_IN = {"list", "conference", "session", "status", "room", "decks"}
MANAGERS = ANYBODY_IN | {"edit", "session edit", "new session", "agenda", "roster", "console"}


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.CHAIR, MANAGERS),
        (Role.SECRETARY, MANAGERS),
        (Role.TECHNICIAN, MANAGERS),
        (Role.PRESENTER, ANYBODY_IN),
        (Role.SITE_OPERATOR, ANYBODY_IN),
        (Role.DELEGATE, ANYBODY_IN),
        (Role.VIEWER, ANYBODY_IN),
        (None, {"list"}),
    ],
)
def test_a_role_sees_exactly_its_pages(cast: Cast, role: Role | None, seen: set[str]) -> None:
    client = as_(cast.people[role] if role else make_user())
    answers = {name: client.get(path, headers=JSON).status_code for name, path in paths(cast).items()}
    assert {name for name, status in answers.items() if status == 200} == seen
    assert {status for status in answers.values()} <= {200, 403}


def test_a_nul_character_is_refused_wherever_it_stands(cast: Cast) -> None:
    client = as_(cast.chair)
    page = paths(cast)["roster"]
    person = {"person": "a\0b", "role": "delegate", "site": "\0"}
    assert client.post(f"{page}them/", person, headers=JSON).json()["error"]["code"] == "core.bad_request"
    for path in (f"{page}?q=%00", f"{page}?x%00=1", "/hoi-nghi/%00/"):
        answer = client.get(path, headers=JSON)
        assert answer.status_code in (400, 404), path


def test_an_organiser_of_the_unit_sees_all_pages_and_one_of_another_none(cast: Cast) -> None:
    own, other = as_(organiser(cast)), as_(make_user(unit=make_unit(), platform_role=User.PlatformRole.ORGANISER))
    assert {own.get(path).status_code for path in paths(cast).values()} == {200}
    answers = {name: other.get(path, headers=JSON).status_code for name, path in paths(cast).items()}
    assert {name for name, status in answers.items() if status == 200} == {"list", "create"}


def test_who_is_not_signed_in_comes_back_to_the_page_after_signing_in(cast: Cast) -> None:
    for path in paths(cast).values():
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/dang-nhap/?{urlencode({'next': path})}")


@pytest.mark.parametrize("path", ["/phien/khongco/", "/hoi-nghi/khongco/", "/hop/khongco/", "/bai-chieu/khongco/1.png"])
def test_what_does_not_exist_is_a_404_with_a_code(cast: Cast, path: str) -> None:
    answer = as_(cast.chair).get(path, headers=JSON)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"].endswith(".not_found")


def test_an_organiser_plans_a_conference_from_nothing_to_its_roster(cast: Cast) -> None:
    user = organiser(cast)
    client = as_(user)
    hub, site = make_site("Hội trường B"), make_site("Huyện An Biên", operator=make_user("Ngô Mỹ Hương"))
    created = client.post(
        "/hoi-nghi/moi/", {"title": "Hội nghị mới", "organiser": user.unit_id, "hub": hub.pk, "sites": [site.pk]}
    )
    conference = Conference.objects.get(title="Hội nghị mới")
    assert created["Location"] == f"/hoi-nghi/{conference.public_id}/phien-moi/"
    assert set(conference.sites.all()) == {hub, site}

    answer = client.post(created["Location"], {"title": "Phiên sáng", "planned_start": "2090-12-01T08:00", "planned_minutes": 90})
    session = conference.sessions.get()
    assert answer["Location"] == f"/phien/{session.public_id}/chuong-trinh/"
    assert timezone.localtime(session.planned_start) == dt.datetime(2090, 12, 1, 8, tzinfo=timezone.get_default_timezone())
    assert list(session.roster.values_list("role", "site__name")) == [("site_operator", "Huyện An Biên")]

    chair = make_user("Lê Minh Châu")
    summoned = {"person": chair.public_id, "role": "chair", "site": ""}
    client.post(f"/phien/{session.public_id}/trieu-tap/them/", summoned)
    assert session.role_of(chair) is Role.CHAIR
    page = client.get(f"/phien/{session.public_id}/trieu-tap/?q=le minh chau").content.decode()
    assert "Lê Minh Châu" in page and "Ngô Mỹ Hương" not in page
    client.post(f"/phien/{session.public_id}/trieu-tap/{chair.public_id}/bo/")
    assert session.role_of(chair) is None


def test_a_secretary_names_the_chair_but_not_themselves(cast: Cast) -> None:
    secretary = cast.people[Role.SECRETARY]
    client, summon_url = as_(secretary), f"{paths(cast)['roster']}them/"
    answer = client.post(summon_url, {"person": secretary.public_id, "role": "chair", "site": ""}, follow=True)
    assert cast.session.role_of(secretary) is Role.SECRETARY
    assert "chỉ chủ trì hoặc kỹ thuật viên" in answer.content.decode().lower()
    client.post(summon_url, {"person": cast.delegate.public_id, "role": "chair", "site": ""})
    assert cast.session.role_of(cast.delegate) is Role.CHAIR


def lines(*rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        data |= {f"form-{number}-{name}": value for name, value in row.items()}
    return data


def test_the_agenda_is_saved_in_its_order_with_times_that_follow(cast: Cast) -> None:
    client, url = as_(cast.people[Role.SECRETARY]), paths(cast)["agenda"]
    rows = [
        {"title": "Chuyên đề 1", "kind": "item", "minutes": 45, "presenter": cast.presenter.pk, "ORDER": 2},
        {"title": "Khai mạc", "kind": "item", "minutes": 10, "ORDER": 1},
        {"title": "", "kind": "item", "minutes": 15, "ORDER": ""},
    ]
    assert client.post(url, lines(*rows)).status_code == 302
    items = list(cast.session.agenda.order_by("position"))
    start = cast.session.planned_start
    assert [(i.title, i.planned_start - start) for i in items] == [
        ("Khai mạc", dt.timedelta(0)),
        ("Chuyên đề 1", dt.timedelta(minutes=10)),
    ]
    first = items[0].public_id
    rows = [
        {"public_id": items[0].public_id, "title": "Khai mạc", "kind": "item", "minutes": 5, "ORDER": 2},
        {"public_id": items[1].public_id, "title": "Chuyên đề 1", "kind": "item", "minutes": 45, "ORDER": 3, "DELETE": "on"},
        {"title": "Giải lao", "kind": "break", "minutes": 15, "ORDER": 1},
    ]
    assert client.post(url, lines(*rows, initial=2)).status_code == 302
    after = list(cast.session.agenda.order_by("position"))
    assert [(i.title, i.position, i.attendance_required) for i in after] == [("Giải lao", 1, False), ("Khai mạc", 2, True)]
    assert after[1].public_id == first


def test_what_was_typed_stays_when_a_line_is_wrong(cast: Cast) -> None:
    client, url = as_(cast.chair), paths(cast)["agenda"]
    answer = client.post(url, lines({"title": "Khai mạc rất long trọng", "kind": "item", "minutes": 0, "ORDER": 1}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Khai mạc rất long trọng" in page and 'aria-invalid="true"' in page
    assert not cast.session.agenda.exists()
    more = client.post(url, {**lines({"title": "Khai mạc", "kind": "item", "minutes": 5, "ORDER": 1}), "more": "1"})
    page = more.content.decode()
    assert more.status_code == 200 and "Khai mạc" in page
    assert 'name="form-1-minutes" value="15"' in page


def test_a_line_without_a_title_is_left_out_whatever_else_stands_in_it(cast: Cast) -> None:
    rows = [
        {"title": "Khai mạc", "kind": "item", "minutes": 5, "ORDER": 1},
        {"title": " ", "kind": "break", "minutes": "", "ORDER": 2},
    ]
    assert as_(cast.chair).post(paths(cast)["agenda"], lines(*rows)).status_code == 302
    assert list(cast.session.agenda.values_list("title", flat=True)) == ["Khai mạc"]


def test_the_agenda_is_no_plan_any_more_once_the_session_has_ended(cast: Cast) -> None:
    client, url = as_(cast.chair), paths(cast)["agenda"]
    session = f"/phien/{cast.session.public_id}/"
    row = {"title": "Khai mạc", "kind": "item", "minutes": 5, "ORDER": 1}
    assert client.post(url, lines(row)).status_code == 302
    assert "Sửa chương trình" in client.get(session).content.decode()
    for state in (State.LIVE, State.ENDED):
        program.go_to(session_id=cast.session.public_id, state=state, by=None, now=now())
    page = client.get(session).content.decode()
    assert "Sửa chương trình" not in page and "Đã xong" in page
    assert client.post(url, lines({**row, "title": "Khác"})).status_code == 422
    assert list(cast.session.agenda.values_list("title", flat=True)) == ["Khai mạc"]


@pytest.mark.parametrize("total", ["", "x", "-1", "99999999999999"])
def test_a_broken_formset_is_refused_without_an_error_page(cast: Cast, total: str) -> None:
    for extra in ({}, {"more": "1"}):
        answer = as_(cast.chair).post(paths(cast)["agenda"], {"form-TOTAL_FORMS": total, "form-INITIAL_FORMS": "0", **extra})
        assert answer.status_code in (200, 422)


def test_the_item_that_runs_cannot_be_removed(cast: Cast) -> None:
    item = make_item(cast.session, "Khai mạc")
    program.go_to(session_id=cast.session.public_id, state=State.LIVE, by=None, now=now())
    program.start_item(session_id=cast.session.public_id, item_id=item.public_id, by=None, now=now())
    rows = [{"public_id": item.public_id, "title": "Khai mạc", "kind": "item", "minutes": 5, "ORDER": 1, "DELETE": "on"}]
    assert as_(cast.chair).post(paths(cast)["agenda"], lines(*rows, initial=1)).status_code == 422
    assert AgendaItem.objects.filter(pk=item.pk).exists()


def test_a_session_moves_with_its_agenda_until_it_begins(cast: Cast) -> None:
    cast.session.planned_start = now() + dt.timedelta(days=1)
    cast.session.save()
    item = make_item(cast.session, "Khai mạc")
    client, url = as_(cast.chair), paths(cast)["session edit"]
    local = timezone.localtime(cast.session.planned_start) + dt.timedelta(hours=2)
    body = {"title": "Phiên chiều", "planned_start": local.strftime("%Y-%m-%dT%H:%M"), "planned_minutes": 60}
    assert client.post(url, body).status_code == 302
    before = item.planned_start
    item.refresh_from_db()
    assert round((item.planned_start - before) / dt.timedelta(minutes=1)) in (119, 120)  # the form knows no seconds
    program.go_to(session_id=cast.session.public_id, state=State.LIVE, by=None, now=now())
    refused = client.post(url, {**body, "title": "Muộn rồi"})
    assert refused.status_code == 422 and "Muộn rồi" in refused.content.decode()


def test_a_form_keeps_what_was_typed_when_a_date_is_wrong(cast: Cast) -> None:
    answer = as_(cast.chair).post(
        paths(cast)["new session"], {"title": "Phiên chiều", "planned_start": "mai", "planned_minutes": "x"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "Phiên chiều" in page and page.count('aria-invalid="true"') == 2


def test_a_new_session_takes_agenda_and_roster_of_an_old_one(cast: Cast) -> None:
    make_item(cast.session, "Khai mạc", presenter=cast.presenter)
    start = cast.session.planned_start + dt.timedelta(days=7)
    session = planning.create_session(
        conference=cast.session.conference,
        title="Tuần sau",
        planned_start=start,
        planned_minutes=60,
        rehearsal=False,
        by=cast.chair,
        like=cast.session,
    )
    assert list(session.agenda.values_list("title", "planned_start")) == [("Khai mạc", start)]
    assert {session.role_of(person) for person in cast.people.values()} == set(Role)


@pytest.mark.parametrize("role", [Role.CHAIR, Role.SECRETARY, Role.TECHNICIAN])
def test_who_makes_a_session_with_a_new_list_stands_on_it(cast: Cast, role: Role) -> None:
    client = as_(cast.people[role])
    body = {"title": "Phiên chiều", "planned_start": "2090-12-01T08:00", "planned_minutes": 60, "like": ""}
    answer = client.post(paths(cast)["new session"], body)
    session = Session.objects.latest("pk")
    assert (answer.status_code, session.role_of(cast.people[role])) == (302, role)
    assert client.get(answer["Location"]).status_code == 200


def test_an_organiser_needs_no_place_on_the_list_of_a_session_that_they_make(cast: Cast) -> None:
    body = {"title": "Phiên chiều", "planned_start": "2090-12-01T08:00", "planned_minutes": 60, "like": ""}
    assert as_(organiser(cast)).post(paths(cast)["new session"], body).status_code == 302
    assert set(Session.objects.latest("pk").roster.values_list("role", flat=True)) == {Role.SITE_OPERATOR}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "1999-12-31T23:59", "2100-01-01T00:00"])
def test_a_session_is_of_this_century(cast: Cast, moment: str) -> None:
    body = {"title": "Phiên chiều", "planned_start": moment, "planned_minutes": 60}
    answer = as_(cast.chair).post(paths(cast)["new session"], body)
    assert answer.status_code == 422
    if moment[:4] in ("1999", "2100"):
        assert "từ năm 2000 đến năm 2099" in answer.content.decode()


def test_a_session_is_not_planned_for_a_day_that_is_past(cast: Cast) -> None:
    client = as_(cast.chair)
    body = {"title": "Phiên chiều", "planned_start": "2020-01-01T07:30", "planned_minutes": 60}
    for page in ("new session", "session edit"):
        answer = client.post(paths(cast)[page], body)
        text = answer.content.decode()
        assert answer.status_code == 422 and "Ngày này đã qua" in text
        assert "Phiên chiều" in text and "2020-01-01T07:30" in text
    planned = timezone.localtime(cast.session.planned_start).strftime("%Y-%m-%dT%H:%M")  # days ago
    assert client.post(paths(cast)["session edit"], {**body, "planned_start": planned}).status_code == 302
    today = timezone.localtime(now() - dt.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    assert client.post(paths(cast)["new session"], {**body, "planned_start": today}).status_code == 302


def test_a_session_that_was_held_elsewhere_may_be_of_a_past_day(cast: Cast) -> None:
    client, page = as_(cast.chair), paths(cast)["new session"]
    body = {"title": "Phiên cũ", "planned_start": "2025-05-05T07:30", "planned_minutes": 60, "held_elsewhere": "on"}
    answer = client.post(page, body, follow=True)
    text = answer.content.decode()
    assert "Thêm bản ghi" in text and "Phiên cũ" in text and "Đã họp" in text and "Vào hội nghị" not in text
    edit = f"{answer.request['PATH_INFO']}sua/"
    assert client.post(edit, {**body, "title": "Phiên rất cũ"}).status_code == 302
    assert "checked" in client.get(edit).content.decode()
    later = timezone.localtime(now() + dt.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    answer = client.post(page, {**body, "planned_start": later})
    assert answer.status_code == 422 and "Ngày này chưa đến" in answer.content.decode()


def test_keys_are_made_for_places_that_there_are(cast: Cast) -> None:
    client, url = as_(cast.chair), f"/phien/{cast.session.public_id}/thiet-bi/"
    page = client.get(url).content.decode()
    assert "Chưa có vị trí nào" in page and "Tạo khóa" not in page
    session_id = cast.session.public_id
    seats.take_seat(session_id=session_id, user=cast.chair, page="p", connection="c", take_over=False, now=now())
    page = client.get(url).content.decode()
    assert "Chưa có vị trí nào" not in page and "Tạo khóa" in page
    assert '<label class="field-label" for="stream-seat">Vị trí</label>' in page
    seat = cast.session.seats.exclude(site=None).get()
    answer = client.post(url, {"seat": seat.public_id, "kind": "whip"}, follow=True)
    assert answer.redirect_chain == [(url, 302)]  # so that loading it again makes no other
    assert 'data-testid="stream-token"' in answer.content.decode()
    assert 'data-testid="stream-token"' not in client.get(url).content.decode()
    nowhere = client.post(url, {"seat": "", "kind": "whip"}, follow=True).content.decode()
    assert "Phiên họp không có vị trí này" in nowhere and "stream-token" not in nowhere


def test_a_session_at_the_end_of_the_calendar_does_not_break_its_page(cast: Cast) -> None:
    cast.session.planned_start = dt.datetime.max.replace(tzinfo=dt.UTC)
    assert ends_at(cast.session) == cast.session.planned_start


@pytest.mark.parametrize("number", ["9" * 23, "-1", "1e3"])
def test_a_number_that_no_site_has_is_refused(cast: Cast, number: str) -> None:
    conference = cast.session.conference
    body = {"title": "x", "organiser": conference.organiser_id, "hub": conference.hub_id, "sites": [number]}
    client = as_(organiser(cast))
    assert client.post("/hoi-nghi/moi/", body).status_code == 422
    body |= {"sites": [], "hub": number, "organiser": number}
    assert client.post("/hoi-nghi/moi/", body).status_code == 422


def test_a_newly_invited_site_sends_its_operator(cast: Cast) -> None:
    site = make_site("Huyện An Biên", operator=make_user("Ngô Mỹ Hương"))
    conference = cast.session.conference
    planning.update_conference(
        conference=conference, title="Tên mới", hub=conference.hub, sites=[*cast.sites, site], keeping=None, now=now()
    )
    entry = cast.session.roster.get(site=site)
    assert (entry.person, entry.role) == (site.operator, Role.SITE_OPERATOR)


def test_an_operator_without_a_site_is_refused_and_says_why(cast: Cast) -> None:
    person = make_user("Võ Thị Sáu")
    answer = as_(cast.chair).post(
        f"{paths(cast)['roster']}them/", {"person": person.public_id, "role": "site_operator", "site": ""}, follow=True
    )
    assert "Người phụ trách điểm cầu cần gắn với một điểm cầu." in answer.content.decode()
    assert not RosterEntry.objects.filter(person=person).exists()


def test_slides_are_uploaded_and_refused_by_what_they_hold(cast: Cast) -> None:
    client, url = as_(cast.presenter), f"{paths(cast)['decks']}tai-len/"
    good = SimpleUploadedFile("Chuyên đề 1.pdf", make_pdf(2), "application/pdf")
    answer = client.post(url, {"file": good, "title": ""}, headers={"hx-request": "true"})
    assert answer.status_code == 200 and "Chuyên đề 1" in answer.content.decode()
    bad = SimpleUploadedFile("giả.pdf", b"MZ not a pdf", "application/pdf")
    answer = client.post(url, {"file": bad, "title": "Tên đã gõ"}, headers={"hx-request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Đây không phải tệp PDF" in page and "Tên đã gõ" in page
    assert list(Deck.objects.values_list("title", flat=True)) == ["Chuyên đề 1"]
    assert as_(cast.delegate).post(url, {"file": good}, headers=JSON).status_code == 403


def test_the_session_page_shows_the_way_in_and_after_the_end_none(cast: Cast) -> None:
    url, room = paths(cast)["session"], paths(cast)["room"]
    page = as_(cast.delegate).get(url).content.decode()
    assert f'href="{room}"' in page and "dieu-hanh" not in page
    assert f'href="{room}dieu-hanh/"' in as_(cast.chair).get(url).content.decode()
    for state in (State.LIVE, State.ENDED):
        program.go_to(session_id=cast.session.public_id, state=state, by=None, now=now())
    assert f'href="{room}"' not in as_(cast.delegate).get(url).content.decode()


def test_the_room_page_tells_its_script_what_it_needs_and_nothing_inline(cast: Cast) -> None:
    page = as_(cast.delegate).get(paths(cast)["room"]).content.decode()
    assert 'id="room-config"' in page and f"/ws/session/{cast.session.public_id}/" in page
    assert "onclick" not in page and "style=" not in page
    assert '"consoleUrl": null' in page and '"homeUrl": "/"' in page
    assert f'"sessionUrl": "{paths(cast)["session"]}"' in page


def test_lists_show_what_concerns_the_person(cast: Cast) -> None:
    make_session(title="Của người khác")
    past = make_session(cast.session.conference, title="Đã qua", state=State.ENDED)
    summon(past, cast.delegate, Role.DELEGATE)
    page = as_(cast.delegate).get("/hoi-nghi/").content.decode()
    assert "Phiên buổi sáng" in page and "Đã qua" in page and "Của người khác" not in page


def test_the_home_page_offers_the_way_into_a_running_session(cast: Cast) -> None:
    Session.objects.update(planned_start=now() + dt.timedelta(days=3))
    home = as_(cast.operator).get("/").content.decode()
    assert paths(cast)["session"] in home and paths(cast)["room"] not in home
    program.go_to(session_id=cast.session.public_id, state=State.OPEN, by=None, now=now())
    home = as_(cast.operator).get("/").content.decode()
    assert f'href="{paths(cast)["room"]}"' in home and "Huyện Hòn Đất" in home


@pytest.mark.parametrize("more", [0, 20])
def test_the_session_page_asks_the_database_no_more_for_many_sites(
    cast: Cast, more: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(more):
        site = make_site(f"Huyện {number}", operator=make_user(f"Người {number}"))
        cast.session.conference.sites.add(site)
        summon(cast.session, make_user(), Role.DELEGATE, site=site)
    client = as_(cast.delegate)
    with django_assert_max_num_queries(45):
        assert client.get(paths(cast)["session"]).status_code == 200
    assert Site.objects.count() == more + 2


def test_an_administrator_may_choose_units_of_today_and_those_that_held_a_conference(cast: Cast) -> None:
    today = now().date()
    gone = {"valid_to": today}
    held = cast.session.conference.organiser
    type(held).objects.filter(pk=held.pk).update(**gone)
    current, former = make_unit(), make_unit(**gone)
    user = make_user(platform_role=User.PlatformRole.ADMIN)
    assert set(organising_units(user)) == {*organising_units(user).exclude(pk=former.pk)} >= {held, current}
    page = as_(user).get("/hoi-nghi/moi/").content.decode()
    assert "Chọn đơn vị…" in page and "Chọn điểm cầu…" in page and "---------" not in page
    assert f'<option value="{current.pk}" selected' not in page


def test_the_page_of_an_ended_session_tells_what_was(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    began = timezone.now().replace(hour=3, minute=2)  # 10:02 in Vietnam
    Session.objects.filter(pk=cast.session.pk).update(
        state=State.ENDED, started_at=began, ended_at=began + dt.timedelta(minutes=75)
    )
    monkeypatch.setattr(onward, "attended", lambda session: {cast.sites[0].pk})
    page = as_(cast.chair).get(paths(cast)["session"]).content.decode()
    assert "đã diễn ra 10:02–11:17" in page
    assert "Đã dự" in page and "Đã kết nối" not in page
    for path in ("room", "console"):
        page = as_(cast.chair).get(paths(cast)[path]).content.decode()
        assert "Hội nghị đã kết thúc" in page and '<script type="module"' not in page.split("</head>")[1]
        assert "room-config" not in page and "console-config" not in page
        assert began.strftime("%d/%m/%Y") + ", 10:02–11:17" in page


def test_a_page_that_stays_open_is_told_when_the_session_was_held(cast: Cast) -> None:
    for state in (State.LIVE, State.ENDED):
        program.go_to(session_id=cast.session.public_id, state=state, by=None, now=now())
    cast.session.refresh_from_db()
    began, ended = cast.session.started_at, cast.session.ended_at
    assert began and ended
    seen = selectors.snapshot(cast.session.public_id, technicians=False).program
    assert (seen.started_ms, seen.ended_ms) == (to_ms(began), to_ms(ended))


def test_the_console_of_an_ended_session_waits_for_the_replay_and_leads_there(cast: Cast) -> None:
    for state in (State.LIVE, State.ENDED):
        program.go_to(session_id=cast.session.public_id, state=state, by=None, now=now())
    console = paths(cast)["console"]
    page = as_(cast.chair).get(console).content.decode()
    assert "Bản ghi đang được hoàn tất." in page and f'hx-get="{console}"' in page and "Xem lại phiên họp" not in page
    Recording.objects.filter(session=cast.session.public_id).update(state=Recording.State.DONE)
    page = as_(cast.chair).get(console).content.decode()
    replay = onward.replay_url(Session.objects.get(pk=cast.session.pk))
    assert f'href="{replay}"' in page and "Xem lại phiên họp" in page and "hx-get" not in page
