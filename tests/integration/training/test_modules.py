"""Modules: whose they are, what their pages show, what they put on the home page."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError
from django.test import Client

from conference import onward
from conference.domain.program import State as SessionState
from core.errors import NotAllowed
from core.home import Cards
from media import access
from people.models import User
from people.permissions import Action, Role, can
from tests.factories.conference import START, make_session, make_user, summon
from tests.factories.training import RIGHT, make_learner, make_module, make_quiz
from tests.integration.training.answering import sent
from training.models import Activity, Enrolment, Module
from training.modules.domain.activities import Kind
from training.modules.home import cards
from training.modules.selectors import modules_of, standing
from training.quiz import attempting

pytestmark = pytest.mark.django_db
T0 = dt.datetime(2026, 11, 22, 4, 5, tzinfo=dt.UTC)


def test_role_when_on_a_roster_and_enrolled_is_the_strongest() -> None:
    session, module, person = make_session(), make_module(), make_user()
    Activity.objects.create(module=module, position=1, kind=Kind.SESSION, title="Dự", session=session)
    assert module.role_of(person) is None
    summon(session, person, Role.DELEGATE)
    assert module.role_of(person) is Role.DELEGATE
    Enrolment.objects.create(programme=module.programme, person=person, role=Role.SECRETARY)
    assert module.role_of(person) is Role.SECRETARY
    assert can(person, Action.MODULE_MANAGE, module)


def test_modules_when_listed_are_only_the_persons_own() -> None:
    session, person = make_session(), make_user()
    summon(session, person, Role.DELEGATE)
    by_roster, by_enrolment, other = make_module(), make_module(), make_module()
    for position in (1, 2):
        Activity.objects.create(module=by_roster, position=position, kind=Kind.SESSION, title="Dự", session=session)
    Enrolment.objects.create(programme=by_enrolment.programme, person=person)
    assert set(modules_of(person)) == {by_roster, by_enrolment}
    assert len(modules_of(person)) == 2
    assert set(modules_of(make_user(platform_role=User.PlatformRole.ADMIN))) == {by_roster, by_enrolment, other}


def test_recording_when_one_is_enrolled_may_be_watched() -> None:
    session, module = make_session(), make_module()
    Activity.objects.create(module=module, position=1, kind=Kind.SESSION, title="Dự", session=session)
    person = make_learner(module, Role.VIEWER)
    assert access.role_on_session(session.public_id, person) is Role.VIEWER
    assert access.role_on_session(session.public_id, make_user()) is None


def test_session_when_in_a_module_leads_to_its_pages() -> None:
    session, module = make_session(), make_module()
    assert onward.module_url(session) is None
    assert onward.replay_url(session) == f"/phien/{session.public_id}/xem-lai/"
    Activity.objects.create(module=module, position=1, kind=Kind.SESSION, title="Dự", session=session)
    watch = Activity.objects.create(module=module, position=2, kind=Kind.RECORDING, title="Xem", session=session)
    assert onward.module_url(session) == f"/hoc-tap/{module.public_id}/"
    assert onward.replay_url(session) == f"/hoc-tap/xem-lai/{watch.public_id}/"


def test_activity_when_it_names_no_thing_is_refused_by_the_table() -> None:
    with pytest.raises(IntegrityError):
        Activity.objects.create(module=make_module(), position=1, kind=Kind.SESSION, title="Dự")


def test_module_when_the_quiz_is_passed_is_completed() -> None:
    module = make_module()
    quiz = make_quiz(module)
    person = make_learner(module)
    client = Client()
    client.force_login(person)
    assert home_titles(cards(person)) == [quiz.title]
    attempt = attempting.start(quiz=quiz, person=person, now=T0, seed=3)
    attempting.submit(attempt_id=attempt.public_id, person=person, key="k", sent=sent(attempt, RIGHT), based_on=0, now=T0)
    assert standing(module, person, now=T0).progress.complete
    assert home_titles(cards(person)) == []
    for url in ("/hoc-tap/", f"/hoc-tap/{module.public_id}/"):
        assert "Đã hoàn thành" in client.get(url).content.decode()


def home_titles(found: Cards) -> list[str]:
    return [card.title for card in found.todo]


def test_home_when_the_session_runs_leaves_it_to_the_conference() -> None:
    session = make_session(state=SessionState.LIVE, started_at=START)
    module = make_module()
    Activity.objects.create(module=module, position=1, kind=Kind.SESSION, title="Dự", session=session)
    person = summon(session, make_user(), Role.DELEGATE).person
    step = standing(module, person, now=T0).steps[0]
    assert step.url == f"/hop/{session.public_id}/"
    assert home_titles(cards(person)) == []


def test_pages_when_the_person_has_no_part_in_the_module() -> None:
    module: Module = make_module()
    client = Client()
    client.force_login(make_user())
    assert client.get(f"/hoc-tap/{module.public_id}/").status_code == 403
    assert client.get("/hoc-tap/khongco/").status_code == 404
    assert client.get("/hoc-tap/").status_code == 200


def test_quiz_when_the_session_before_it_was_not_held_is_not_offered() -> None:
    session, module = make_session(), make_module()
    Activity.objects.create(module=module, position=1, kind=Kind.SESSION, title="Dự", session=session)
    quiz = make_quiz(module)
    person = make_learner(module)
    assert home_titles(cards(person)) == []
    assert "mở sau khi hội nghị kết thúc" in standing(module, person, now=T0).steps[1].note
    with pytest.raises(NotAllowed) as refused:
        attempting.start(quiz=quiz, person=person, now=T0, seed=3)
    assert refused.value.code == "quiz.session_not_held"
    type(session).objects.filter(pk=session.pk).update(state=SessionState.ENDED, started_at=START, ended_at=T0)
    assert quiz.title in home_titles(cards(person))
    assert attempting.start(quiz=type(quiz).objects.get(pk=quiz.pk), person=person, now=T0, seed=3).number == 1
