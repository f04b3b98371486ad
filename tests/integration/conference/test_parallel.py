"""Many at once: the session's row settles who comes first, and no number is given twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from conference.domain.program import Program, State
from conference.models import ProgramEntry, Session
from conference.services import program, seats
from core.clock import now
from core.errors import Conflict
from core.ids import new_id
from people.permissions import Role
from tests.factories.conference import Cast, make_cast, make_user, summon

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each gave, or the code with which it was refused."""

    def run(work: Callable[[], object]) -> object:
        try:
            return work()
        except Conflict as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def live(cast: Cast) -> str:
    program.go_to(session_id=cast.session.public_id, state=State.LIVE, by=None, now=now())
    return cast.session.public_id


def test_requests_at_the_same_moment_all_stand_in_the_queue_once() -> None:
    cast = make_cast()
    session_id = live(cast)
    asking = [cast.session.seats.create(person=make_user(), role=Role.DELEGATE, name=str(n)) for n in range(AT_ONCE)]
    at_once(*(lambda seat=seat: program.request_floor(session_id=session_id, by=seat, now=now()) for seat in asking))
    session = Session.objects.get(public_id=session_id)
    assert {r.seat for r in Program.load(session.program).floor.queue} == {seat.public_id for seat in asking}
    numbers = list(ProgramEntry.objects.filter(session=session, kind="floor.requested").values_list("seq", flat=True))
    assert len(set(numbers)) == AT_ONCE and max(numbers) == session.seq


def test_one_request_said_many_times_stands_in_the_queue_once() -> None:
    cast = make_cast()
    session_id = live(cast)
    seat = cast.session.seats.create(person=cast.delegate, role=Role.DELEGATE, name="Mai")
    answers = at_once(*(lambda: program.request_floor(session_id=session_id, by=seat, now=now()) for _ in range(AT_ONCE)))
    assert sorted(map(str, answers)) == ["None"] + ["floor.already_waiting"] * (AT_ONCE - 1)


def test_a_session_is_started_once_and_has_one_recording() -> None:
    cast = make_cast()
    session_id = cast.session.public_id
    answers = at_once(
        *(lambda: program.go_to(session_id=session_id, state=State.LIVE, by=None, now=now()) for _ in range(AT_ONCE))
    )
    assert sorted(map(str, answers)) == ["None"] + ["session.wrong_state"] * (AT_ONCE - 1)
    assert ProgramEntry.objects.filter(kind="session.started").count() == 1


def test_tabs_at_the_same_moment_leave_one_of_them_in_the_seat() -> None:
    cast = make_cast()
    person = make_user("Đỗ Thị Ánh Tuyết")
    summon(cast.session, person, Role.DELEGATE)

    def sit() -> object:
        page = new_id()
        taken = seats.take_seat(
            session_id=cast.session.public_id, user=person, page=page, connection=page, take_over=False, now=now()
        )
        return taken.seat.holder_page == page

    answers = at_once(*([sit] * AT_ONCE))
    assert sorted(map(str, answers)) == ["True"] + ["seat.occupied"] * (AT_ONCE - 1)
    assert cast.session.seats.filter(person=person).count() == 1
