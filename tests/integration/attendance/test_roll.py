"""From what the conference does to the roll, its pages and its workbook, over the real services."""

from __future__ import annotations

import copy
import datetime as dt
import io
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook
from pytest_django import DjangoDbBlocker

from conference.domain.program import State
from conference.models import AgendaItem, RosterEntry, Seat
from conference.services import program, seats
from conference.services.seats import Beat
from people.models import User
from people.permissions import Role
from tests.factories import conference as make
from tests.factories.conference import START, Cast
from training.attendance import labels, onward, services
from training.attendance.domain.connection import Kind
from training.attendance.domain.presence import Status
from training.attendance.models import Evidence
from training.attendance.roll import PersonRow, Roll, roll_of
from training.attendance.selectors import presence_of, presence_ratio
from training.attendance.trail import trail_of
from training.attendance.workbook import workbook_of

pytestmark = pytest.mark.django_db


def at(minutes: float) -> dt.datetime:
    return START + dt.timedelta(minutes=minutes)


class Morning:
    """A session of 60 minutes: 08:00 live, a break from 30 to 40, ended at 60 (minutes after START)."""

    def __init__(self) -> None:
        self.cast: Cast = make.make_cast()
        self.session = self.cast.session
        self.talk = make.make_item(self.session, "Chuyên đề 1")
        self.coffee = make.make_item(self.session, "Giải lao", kind=AgendaItem.Kind.BREAK, attendance_required=False)
        self.talk_2 = make.make_item(self.session, "Chuyên đề 2")
        self.unit = make.make_unit("Xã Bình Sơn")
        self.site = self.cast.sites[0]
        self.room = [make.make_user(name) for name in ("Lê Văn Ân", "Đỗ Thị Ánh", "Phan Văn Bình", "=HYPERLINK(1)")]
        for person in self.room:
            make.summon(self.session, person, Role.DELEGATE, site=self.site, unit=self.unit)

    def sit(self, user: User, start: float, end: float, *, leave: bool = True) -> Seat:
        """``user``'s page joins, beats every 30 s, and leaves (or vanishes)."""
        taken = seats.take_seat(
            session_id=self.session.public_id, user=user, page="page", connection=f"c{start}", take_over=True, now=at(start)
        )
        beats = int((end - start) * 2)
        for number in range(1, beats + 1):
            beat = Beat(taken.seat, page="page", connection=f"c{start}", number=number, client_ms=None, media_flowing=True)
            assert seats.heartbeats([beat], now=at(start + number / 2)) == [beat]
        if leave:
            seats.leave_seat(session_id=self.session.public_id, seat=taken.seat, connection=f"c{start}", now=at(end))
        return taken.seat

    def run(self) -> None:
        session_id = self.session.public_id
        program.go_to(session_id=session_id, state=State.LIVE, by=None, now=at(0))
        program.start_item(session_id=session_id, item_id=self.talk.public_id, by=None, now=at(0))
        program.start_item(session_id=session_id, item_id=self.coffee.public_id, by=None, now=at(30))
        program.start_item(session_id=session_id, item_id=self.talk_2.public_id, by=None, now=at(40))
        program.go_to(session_id=session_id, state=State.ENDED, by=None, now=at(60))
        self.session.refresh_from_db()


def row_of(roll: Roll, person: User) -> PersonRow:
    return next(row for row in roll.people if row.person == person)


@pytest.fixture(scope="module")
def _held(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Morning]:
    """The delegate is there from before until after; the site from 5 to 60 with an outage of 6 minutes; the viewer for 20.

    Its five hundred beats are written once for all tests here, in a transaction around theirs that is undone in the end.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield _hold()
        transaction.set_rollback(True)


@pytest.fixture
def morning(_held: Morning, db: None) -> Morning:
    """That morning, as if it had just been."""
    return copy.deepcopy(_held)


def _hold() -> Morning:
    morning = Morning()
    morning.sit(morning.cast.delegate, -5, 62)
    morning.sit(morning.cast.operator, 5, 20)
    morning.sit(morning.cast.operator, 26, 60)
    morning.sit(morning.cast.people[Role.VIEWER], 20, 40)
    morning.sit(morning.cast.chair, 0, 60)
    morning.run()
    services.take_room(
        session=morning.session, site=morning.site, present={p.public_id for p in morning.room[:2]}, whole=True,
        headcount=9, by=morning.cast.operator, now=at(8),
    )  # fmt: skip
    return morning


def test_roll_when_the_session_has_ended(morning: Morning) -> None:
    roll = roll_of(morning.session)
    assert roll.required_minutes == 50
    delegate = row_of(roll, morning.cast.delegate)
    assert (delegate.minutes, delegate.presence.ratio, delegate.status) == (50, 1.0, Status.ONLINE)
    assert (delegate.first, delegate.last) == (at(-5), at(60))
    operator = row_of(roll, morning.cast.operator)
    assert (operator.minutes, operator.status) == (39, Status.UNMARKED)  # 5–20, 26–30, 40–60 of 50: 78 %
    assert row_of(roll, morning.room[0]).minutes == 39
    viewer = row_of(roll, morning.cast.people[Role.VIEWER])
    assert (viewer.minutes, viewer.status) == (10, Status.UNMARKED)
    assert viewer.presence.late_ms == 20 * 60_000
    assert viewer.presence.early_ms == 30 * 60_000
    unseen = row_of(roll, morning.room[2])
    assert (unseen.minutes, unseen.first, unseen.sources) == (0, None, ())
    chair = row_of(roll, morning.cast.chair)
    assert chair.status is Status.ONLINE  # no room on their roster entry


def test_roll_when_the_rooms_people_reach_the_share(morning: Morning) -> None:
    extra = make.make_user("Trần Văn Cường")
    make.summon(morning.session, extra, Role.DELEGATE, site=morning.site, unit=morning.unit)
    RosterEntry.objects.filter(session=morning.session, person=morning.cast.chair).update(site=morning.session.conference.hub)
    roll = roll_of(morning.session)
    assert row_of(roll, morning.cast.chair).status is Status.IN_PERSON
    assert [row.person.full_name for row in roll.people][:2] == ["Võ Văn An", "Đỗ Thị Ánh"]


def test_site_rows_reconcile_with_people(morning: Morning) -> None:
    roll = roll_of(morning.session)
    assert sum(row.summoned for row in roll.sites) == len(roll.people) == 11
    assert sum(row.in_person for row in roll.sites) == roll.count(Status.IN_PERSON)
    assert sum(row.online for row in roll.sites) == roll.count(Status.ONLINE)
    assert sum(row.unmarked for row in roll.sites) == roll.count(Status.UNMARKED)
    site = next(row for row in roll.sites if row.site == morning.site)
    assert (site.summoned, site.present) == (5, 9)  # the headcount, not names added to it
    assert (site.marked, site.differs) == (3, True)  # two by name, and the operator
    assert site.outage_ms == 6 * 60_000
    assert (site.first, site.last) == (at(5), at(60))
    assert roll.present == 9 + 2
    assert roll.sites[0].hub and roll.sites[-1].site is None


def test_roll_while_the_session_runs_counts_up_to_now() -> None:
    morning = Morning()
    program.go_to(session_id=morning.session.public_id, state=State.LIVE, by=None, now=at(0))
    morning.sit(morning.cast.delegate, 1, 10, leave=False)
    morning.session.refresh_from_db()
    roll = roll_of(morning.session, now=at(10.5))
    delegate = row_of(roll, morning.cast.delegate)
    assert delegate.there_now and roll.required_minutes == 10.5
    assert delegate.minutes == 9.5
    assert not row_of(roll_of(morning.session, now=at(12)), morning.cast.delegate).there_now


def test_presence_ratio_agrees_with_the_roll(morning: Morning) -> None:
    for row in roll_of(morning.session).people:
        assert presence_of(morning.session, row.person) == row.presence
    assert presence_ratio(morning.session, morning.cast.delegate) == 1.0
    assert presence_ratio(morning.session, make.make_user()) == 0.0
    unbegun = make.make_cast()
    assert presence_ratio(unbegun.session, unbegun.delegate) is None


def test_evidence_when_told_twice_is_kept_once(morning: Morning) -> None:
    kept = Evidence.objects.count()
    seat = Seat.objects.get(session=morning.session, person=morning.cast.delegate)
    seat.connection = "c-5"
    from conference.models import Session
    from conference.signals import seat_heartbeats, seat_joined

    for _ in range(2):
        seat_joined.send(sender=Session, seat=seat, page="page", at=at(-5))
        beat = Beat(seat, page="page", connection="c-5", number=3, client_ms=-7, media_flowing=True)
        seat_heartbeats.send(sender=Session, beats=[beat], at=at(-3.5))
    assert Evidence.objects.count() == kept


def test_evidence_is_append_only(morning: Morning) -> None:
    one = Evidence.objects.first()
    assert one is not None
    for change in (one.save, one.delete, Evidence.objects.all().delete, lambda: Evidence.objects.update(seq=1)):
        with pytest.raises(TypeError):
            change()


def test_a_lost_page_counts_until_its_lease_ran_out() -> None:
    morning = Morning()
    program.go_to(session_id=morning.session.public_id, state=State.LIVE, by=None, now=at(0))
    morning.sit(morning.cast.delegate, 0, 10, leave=False)
    seats.expire_leases(now=at(15))
    presence = presence_of(morning.session, morning.cast.delegate, now=at(30))
    assert presence.present_ms == 10 * 60_000 + 45_000
    assert Evidence.objects.get(session=morning.session, kind=Kind.LEAVE).payload["reason"] == "lost"


def test_trail_of_who_stayed_to_the_end_tells_of_the_end_and_of_no_lost_line() -> None:
    morning = Morning()
    delegate, viewer = morning.cast.delegate, morning.cast.people[Role.VIEWER]
    morning.sit(delegate, 0, 60, leave=False)
    morning.sit(viewer, 0, 58, leave=False)
    morning.run()
    seats.expire_leases(now=at(62))
    trail = trail_of(morning.session, delegate.public_id)
    assert (trail.lines[-1].text, trail.lines[-1].at) == ("Dự đến khi phiên họp kết thúc", morning.session.ended_at)
    lost = trail_of(morning.session, viewer.public_id).lines[-1]
    assert lost.text.startswith("Mất kết nối")


def test_a_flood_of_heartbeats_leaves_one_in_five_seconds(morning: Morning) -> None:
    seat = morning.sit(morning.cast.delegate, 0, 1, leave=False)
    before = Evidence.objects.filter(kind=Kind.HEARTBEAT).count()
    for number in range(100, 200):
        beat = Beat(seat, page="page", connection="c0", number=number, client_ms=None, media_flowing=True)
        assert seats.heartbeats([beat], now=at(2) + dt.timedelta(seconds=number / 10))
    assert Evidence.objects.filter(kind=Kind.HEARTBEAT).count() == before + 2


def test_taking_a_room_writes_only_differences_and_names_who(morning: Morning) -> None:
    before = Evidence.objects.count()
    two = {p.public_id for p in morning.room[:2]}
    same = {"session": morning.session, "site": morning.site, "whole": True, "by": morning.cast.operator, "now": at(9)}
    assert services.take_room(present=two, headcount=9, **same) == 0
    assert Evidence.objects.count() == before
    assert services.take_room(present={morning.room[2].public_id}, headcount=None, **same) == 3
    ticks = Evidence.objects.filter(kind=Kind.ROSTER_TICK, person=morning.room[2])
    assert [(tick.actor, tick.payload["present"]) for tick in ticks] == [(morning.cast.operator, True)]
    assert row_of(roll_of(morning.session), morning.room[0]).sources == ()


def test_trail_explains_a_line(morning: Morning) -> None:
    trail = trail_of(morning.session, morning.room[0].public_id)
    assert [one.minutes.split()[0] for one in trail.stretches] == ["15", "4,0", "20"]
    words = " ".join(line.text + line.note for line in trail.lines)
    assert morning.cast.operator.full_name in words
    assert len(trail.lines) == 1 + 3 + 3  # the mark; twice a join, its heartbeats, a leave
    assert trail.lines == sorted(trail.lines, key=lambda line: line.at)
    assert "78" in " ".join(trail.conclusion)


def test_workbook_holds_the_roll_as_numbers_dates_and_safe_text(morning: Morning) -> None:
    roll = roll_of(morning.session)
    book = load_workbook(io.BytesIO(workbook_of(roll)))
    people, sites = book.worksheets
    assert book.sheetnames == ["Chi tiết", "Theo điểm cầu"]
    heads = [cell.value for cell in people[5]]
    assert heads == [
        "STT", "Họ và tên", "Chức vụ", "Đơn vị", "Điểm cầu", "Hình thức", "Giờ vào", "Giờ ra", "Phút", "%", "Trạng thái",
        "Ghi chú", "Nguồn xác nhận",
    ]  # fmt: skip
    lines = {row[1].value: row for row in people.iter_rows(min_row=6) if row[1].value}
    assert list(lines) == [row.person.full_name for row in roll.people]
    delegate = lines[morning.cast.delegate.full_name]
    assert delegate[6].value == dt.datetime(2026, 11, 22, 7, 55)  # START is 08:00 in Vietnam
    assert delegate[6].number_format == "dd/mm/yyyy hh:mm:ss"
    assert (delegate[8].value, delegate[9].value, delegate[9].number_format) == (50, 1, "0.00\\ %")
    assert delegate[10].value == "Có mặt trực tuyến"
    bad = lines["=HYPERLINK(1)"][1]
    assert (bad.data_type, bad.value, bad.quotePrefix) == ("s", "=HYPERLINK(1)", True)
    counted = [row for row in sites.iter_rows(min_row=6, values_only=True) if isinstance(row[0], int)]
    assert len(counted) == len(roll.sites)
    assert sum(row[4] for row in counted) == len(lines)
    total = next(row for row in sites.iter_rows(min_row=6) if row[1].value == "Tổng cộng")
    assert total[4].value == f"=SUM(E6:E{5 + len(counted)})"


@pytest.fixture
def signed_in(client: Client, morning: Morning) -> Client:
    client.force_login(morning.cast.chair)
    return client


def test_roll_page_when_opened_by_person_and_by_site(signed_in: Client, morning: Morning) -> None:
    url = reverse("attendance", args=[morning.session.public_id])
    page = signed_in.get(url).content.decode()
    assert "Đỗ Thị Ánh" in page and "Có mặt trực tuyến" in page and "100%" in page
    assert "Đỗ Thị Ánh" not in signed_in.get(url, {"trang-thai": "online"}).content.decode()
    assert "Đỗ Thị Ánh" in signed_in.get(url, {"q": "do thi anh"}).content.decode()
    by_site = signed_in.get(url, {"xem": "diem-cau"}).content.decode()
    assert morning.site.name in by_site and "Đã đếm 9 người" in by_site


def test_workbook_when_downloaded(signed_in: Client, morning: Morning) -> None:
    response = signed_in.get(reverse("attendance-xlsx", args=[morning.session.public_id]))
    assert response.status_code == 200
    assert ".xlsx" in response["Content-Disposition"]
    assert load_workbook(io.BytesIO(response.content)).worksheets[0].max_row >= 16


def test_trail_page_and_fragment(signed_in: Client, morning: Morning) -> None:
    url = reverse("attendance-trail", args=[morning.session.public_id, morning.cast.delegate.public_id])
    assert "<html" in signed_in.get(url).content.decode()
    fragment = signed_in.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and "Vào phiên họp" in fragment
    stranger = reverse("attendance-trail", args=[morning.session.public_id, make.make_user().public_id])
    assert signed_in.get(stranger).status_code == 404


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.CHAIR, 200), (Role.SECRETARY, 200), (Role.TECHNICIAN, 200), (Role.PRESENTER, 403), (Role.SITE_OPERATOR, 403),
        (Role.DELEGATE, 403), (Role.VIEWER, 403),
    ],
)  # fmt: skip
def test_roll_is_for_those_who_manage_it(client: Client, morning: Morning, role: Role, expected: int) -> None:
    client.force_login(morning.cast.people[role])
    args = [morning.session.public_id]
    for url in (reverse("attendance", args=args), reverse("attendance-xlsx", args=args)):
        assert client.get(url).status_code == expected
    trail = reverse("attendance-trail", args=[*args, morning.cast.delegate.public_id])
    assert client.get(trail).status_code == expected


def test_room_page_when_its_operator_marks_people(client: Client, morning: Morning) -> None:
    client.force_login(morning.cast.operator)
    url = reverse("attendance-room", args=[morning.session.public_id])
    assert client.get(url).content.decode().count("checked") == 3  # two people, and "from the start"
    sent = {"present": [morning.room[2].public_id], "headcount": "7", "since": "now"}
    assert client.post(url, sent).status_code == 302
    page = client.get(url).content.decode()
    assert 'value="7"' in page and page.count("checked") == 2
    assert services.roster_of(morning.session, morning.site)[0].person != morning.cast.operator


@pytest.mark.parametrize("typed", ["nhiều", "-1", "99999", "1e3", "٣"])
def test_room_page_when_the_headcount_is_no_number_keeps_what_was_typed(client: Client, morning: Morning, typed: str) -> None:
    client.force_login(morning.cast.operator)
    sent = {"present": [morning.room[3].public_id], "headcount": typed}
    response = client.post(reverse("attendance-room", args=[morning.session.public_id]), sent)
    page = response.content.decode()
    assert response.status_code == 422
    assert f'value="{typed}"' in page
    assert f'value="{morning.room[3].public_id}" checked' in page
    assert row_of(roll_of(morning.session), morning.room[3]).sources == ()
    assert "Đã điểm danh 2/" in page  # what is saved, not what was ticked just now


def test_room_page_is_for_the_own_room_only(client: Client, morning: Morning) -> None:
    other = make.make_site("Huyện Gò Quao")
    morning.session.conference.sites.add(other)
    url = reverse("attendance-room", args=[morning.session.public_id])
    client.force_login(morning.cast.operator)
    assert client.get(url, {"diem-cau": other.public_id}).status_code == 403
    client.force_login(morning.cast.delegate)
    assert client.get(url).status_code == 403
    client.force_login(morning.cast.people[Role.SECRETARY])
    assert "Huyện Gò Quao" in client.get(url, {"diem-cau": other.public_id}).content.decode()


def test_a_room_that_leaves_shortly_before_the_end_was_not_interrupted() -> None:
    morning = Morning()
    morning.sit(morning.cast.operator, 0, 50)
    morning.run()
    site = next(row for row in roll_of(morning.session).sites if row.site == morning.site)
    assert (site.outage_ms, onward.sites(morning.session)) == (0, {morning.site.pk})


def test_who_was_there_too_briefly_is_told_so_once_the_session_is_over() -> None:
    morning = Morning()
    morning.sit(morning.cast.delegate, 0, 10)
    morning.run()
    roll = roll_of(morning.session)
    row = row_of(roll, morning.cast.delegate)
    with translation.override("vi"):
        assert f"{labels.status_text(row, roll)} ({labels.remark_text(row, roll)})".startswith("Chưa đủ thời gian (")
        assert "20%, cần 80%" in labels.remark_text(row, roll)


@pytest.mark.parametrize("typed", ["-3", "5001", "vài"])
def test_room_page_when_the_headcount_is_wrong_names_both_limits(client: Client, morning: Morning, typed: str) -> None:
    client.force_login(morning.cast.operator)
    page = client.post(reverse("attendance-room", args=[morning.session.public_id]), {"headcount": typed})
    assert page.status_code == 422 and "số nguyên từ 0 đến 5" in page.content.decode()


@pytest.mark.parametrize("typed", ["0", ""])
def test_room_page_when_fewer_are_counted_than_ticked_is_refused(client: Client, morning: Morning, typed: str) -> None:
    client.force_login(morning.cast.operator)
    url = reverse("attendance-room", args=[morning.session.public_id])
    assert client.post(url, {"headcount": "0" if typed else "1"}).status_code == 302
    before = Evidence.objects.count()
    page = client.post(url, {"present": [person.public_id for person in morning.room[:2]], "headcount": typed})
    assert page.status_code == 422 and "Đã đánh dấu tên 2 người nhưng số đếm chỉ có" in page.content.decode()
    assert Evidence.objects.count() == before


def test_room_page_says_when_marks_do_not_count(client: Client, morning: Morning) -> None:
    hub = morning.session.conference.hub
    guest = make.make_user()
    make.summon(morning.session, guest, Role.DELEGATE, site=hub)
    client.force_login(morning.cast.people[Role.SECRETARY])
    url = reverse("attendance-room", args=[morning.session.public_id])
    said = "chưa từng kết nối vào phiên này"
    assert said not in client.get(url, {"diem-cau": hub.public_id}).content.decode()
    answer = client.post(url, {"diem-cau": hub.public_id, "present": [guest.public_id], "headcount": "5"}, follow=True)
    assert said in answer.content.decode()
    assert said not in client.get(url, {"diem-cau": morning.site.public_id}).content.decode()
    type(morning.session).objects.update(state=State.LIVE, ended_at=None)
    assert "chỉ được tính có mặt từ khi thiết bị kết nối" in client.get(url, {"diem-cau": hub.public_id}).content.decode()
