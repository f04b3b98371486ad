"""A conference's rule for its recordings, and deletions that are announced where people look."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conference.domain.program import State
from conference.models import Conference, Session
from conference.services import planning
from core.clock import now
from core.errors import Invalid
from media.keeping import services, sweep
from media.keeping.models import Keeping
from media.keeping.rules import Policy, Rule
from media.keeping.selectors import keeping_of, rule_of
from media.models import Recording
from people.models import User
from people.permissions import Role
from tests.factories.conference import Cast, make_cast, make_session, make_unit, make_user
from tests.factories.media import make_recording

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MANAGERS = [Role.CHAIR, Role.SECRETARY, Role.TECHNICIAN]
OTHERS = [Role.PRESENTER, Role.SITE_OPERATOR, Role.DELEGATE, Role.VIEWER]


@pytest.fixture(autouse=True)
def folder(data_dir: Path) -> Path:
    return data_dir


@pytest.fixture
def cast() -> Cast:
    return make_cast(state=State.ENDED)


def recorded(session: Session, days_ago: float = 0) -> Recording:
    """A recording of the session that was finished so long ago."""
    title = f"{session.conference.title} · {session.title}"
    fields: dict[str, Any] = {"state": Recording.State.DONE, "finished_at": now() - days_ago * DAY, "duration_ms": 60_000}
    recording = make_recording(session=session.public_id, title=title, **fields)
    Session.objects.filter(pk=session.pk).update(recording_id=recording.public_id)
    return recording


def announced(session: Session) -> Recording:
    """A recording whose deletion in a week was announced just now."""
    recording = recorded(session, days_ago=400)
    services.decide(recording=recording, policy=Policy.DELETE, days=30, by=make_user())
    sweep.keep()
    assert keeping_of(recording).warned_at is not None
    return recording


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def organiser(cast: Cast) -> User:
    return make_user("Cán bộ tổ chức", unit=cast.session.conference.organiser, platform_role=User.PlatformRole.ORGANISER)


def change(conference: Conference, keeping: Rule | None) -> None:
    fields = {"title": conference.title, "hub": conference.hub, "sites": conference.sites.all(), "now": now()}
    planning.update_conference(conference=conference, keeping=keeping, **fields)


def in_a_week() -> str:
    return f"{timezone.localtime(now() + 7 * DAY):%d/%m/%Y}"


# The conference's rule ---------------------------------------------------------------------------------------------------


def test_recordings_take_the_rule_of_their_conference_unless_one_is_set_on_themselves(cast: Cast, settings: Any) -> None:
    settings.KEEPING_POLICY, settings.KEEPING_DAYS = "archive", 90
    other = make_session(cast.session.conference, title="Phiên buổi chiều")
    first, second, elsewhere = recorded(cast.session), recorded(other), recorded(make_session())
    services.decide(recording=second, policy=Policy.KEEP, days=0, by=make_user())
    change(cast.session.conference, Rule(Policy.DELETE, 30))
    rules = [rule_of(keeping_of(each)) for each in (first, second, elsewhere)]
    assert rules == [Rule(Policy.DELETE, 30), Rule(Policy.KEEP), Rule(Policy.ARCHIVE, 90)]
    services.decide(recording=second, policy=None, days=0, by=make_user())
    assert rule_of(keeping_of(second)) == Rule(Policy.DELETE, 30)
    change(cast.session.conference, None)
    assert rule_of(keeping_of(first)) == Rule(Policy.ARCHIVE, 90)


def test_rule_of_the_conference_deletes_after_a_week_of_notice(cast: Cast) -> None:
    recording = recorded(cast.session, days_ago=400)
    change(cast.session.conference, Rule(Policy.DELETE, 30))
    sweep.keep()
    recording.refresh_from_db()
    assert recording.state == Recording.State.DONE
    Keeping.objects.update(warned_at=now() - 7 * DAY)
    sweep.keep()
    recording.refresh_from_db()
    assert recording.state == Recording.State.DELETED


def test_what_was_announced_is_void_when_the_conference_has_another_rule(cast: Cast) -> None:
    conference, other = cast.session.conference, make_session(cast.session.conference, title="Phiên buổi chiều")
    follows, own = recorded(cast.session, days_ago=400), announced(other)
    change(conference, Rule(Policy.DELETE, 30))
    sweep.keep()
    Keeping.objects.update(warned_at=now() - 6 * DAY)
    change(conference, Rule(Policy.DELETE, 30))  # saved again as it is: nothing has changed
    assert keeping_of(follows).warned_at is not None
    change(conference, Rule(Policy.DELETE, 20))
    assert keeping_of(follows).warned_at is None, "it is announced anew"
    assert keeping_of(own).warned_at is not None, "this one never followed the conference"


def test_what_was_announced_is_void_when_the_installation_has_another_rule(cast: Cast, settings: Any) -> None:
    recording = recorded(cast.session, days_ago=400)
    settings.KEEPING_POLICY, settings.KEEPING_DAYS = "delete", 30
    sweep.keep()
    Keeping.objects.update(warned_at=now() - 6 * DAY)
    settings.KEEPING_POLICY = "keep"
    sweep.keep()
    settings.KEEPING_POLICY = "delete"
    sweep.keep()
    warned_at = keeping_of(recording).warned_at
    assert warned_at is not None and warned_at > now() - DAY


def test_recording_that_is_kept_at_the_last_moment_is_not_deleted(cast: Cast) -> None:
    recording = announced(cast.session)
    Keeping.objects.update(warned_at=now() - 8 * DAY)
    services.hold(recording=recording, held=True, by=make_user())  # after the round has seen that it is due
    assert not services.expire(recording=recording, at=now())
    recording.refresh_from_db()
    assert recording.state == Recording.State.DONE


def body_of(conference: Conference, **values: Any) -> dict[str, Any]:
    return {
        "title": conference.title, "organiser": conference.organiser_id, "hub": conference.hub_id,
        "sites": [site.pk for site in conference.sites.all()], **values,
    }  # fmt: skip


@pytest.mark.parametrize("role", MANAGERS)
def test_who_manages_the_conference_sets_its_rule_in_the_form(cast: Cast, role: Role) -> None:
    conference = cast.session.conference
    client, url = as_(cast.people[role]), reverse("conference-edit", args=[conference.public_id])
    assert "Theo quy định chung: Giữ lâu dài" in client.get(url).content.decode()
    answer = client.post(url, body_of(conference, keeping_policy="delete", keeping_days="45"), follow=True)
    assert "Bản ghi: Xóa sau 45 ngày" in answer.content.decode()
    conference.refresh_from_db()
    assert conference.keeping_rule == Rule(Policy.DELETE, 45)
    text = client.get(url).content.decode()
    assert '<option value="delete" selected>' in text and 'value="45"' in text


@pytest.mark.parametrize("role", OTHERS)
def test_others_neither_set_nor_see_the_rule(cast: Cast, role: Role) -> None:
    conference = cast.session.conference
    client = as_(cast.people[role])
    url = reverse("conference-edit", args=[conference.public_id])
    assert client.post(url, body_of(conference, keeping_policy="delete", keeping_days="1")).status_code == 403
    assert "Bản ghi: " not in client.get(reverse("conference", args=[conference.public_id])).content.decode()
    conference.refresh_from_db()
    assert conference.keeping_rule is None


@pytest.mark.parametrize("days", ["", "0", "-3", "4000", "nhiều"])
def test_rule_that_cannot_act_is_refused_and_what_was_typed_is_kept(cast: Cast, days: str) -> None:
    conference = cast.session.conference
    url = reverse("conference-edit", args=[conference.public_id])
    answer = as_(cast.chair).post(url, body_of(conference, title="Tên mới", keeping_policy="archive", keeping_days=days))
    text = answer.content.decode()
    assert answer.status_code == 422 and "Tên mới" in text and '<option value="archive" selected>' in text
    conference.refresh_from_db()
    assert conference.keeping_rule is None


def test_days_beside_a_rule_that_needs_none_do_no_harm(cast: Cast) -> None:
    conference = cast.session.conference
    url = reverse("conference-edit", args=[conference.public_id])
    for policy, rule in (("keep", Rule(Policy.KEEP)), ("", None)):
        assert as_(cast.chair).post(url, body_of(conference, keeping_policy=policy, keeping_days="9")).status_code == 302
        conference.refresh_from_db()
        assert conference.keeping_rule == rule


def test_new_conference_can_have_its_rule_at_once(cast: Cast) -> None:
    conference = cast.session.conference
    body = body_of(conference, title="Hội nghị mới", keeping_policy="archive", keeping_days="60")
    assert as_(organiser(cast)).post(reverse("conference-new"), body).status_code == 302
    assert Conference.objects.get(title="Hội nghị mới").keeping_rule == Rule(Policy.ARCHIVE, 60)
    with pytest.raises(Invalid) as raised:
        change(conference, Rule(Policy.DELETE, 0))
    assert raised.value.code == "keeping.bad_days"


def test_card_says_that_the_rule_is_the_conferences(cast: Cast) -> None:
    recording = recorded(cast.session)
    change(cast.session.conference, Rule(Policy.DELETE, 30))
    text = as_(cast.chair).get(reverse("media:keeping", args=[recording.public_id])).content.decode()
    assert "Xóa sau 30 ngày" in text and "(theo quy định của hội nghị)" in text
    assert "Theo quy định của hội nghị: Xóa sau 30 ngày" in text and 'value="30"' in text


# What is announced -------------------------------------------------------------------------------------------------------


def places(session: Session) -> dict[str, str]:
    return {
        "home": reverse("home"),
        "session": reverse("session", args=[session.public_id]),
        "conference": reverse("conference", args=[session.conference.public_id]),
        "list": reverse("recordings-going"),
    }


@pytest.mark.parametrize("place", ["home", "session", "conference", "list"])
def test_managers_find_the_announcement_where_they_look_and_keep_the_recording_there(cast: Cast, place: str) -> None:
    recording, address = announced(cast.session), places(cast.session)[place]
    for client in [as_(cast.people[role]) for role in MANAGERS] + [as_(organiser(cast))]:
        text = client.get(address).content.decode()
        assert f"Bản ghi sẽ bị xóa vào ngày {in_a_week()}." in text
        assert recording.title in text and "#keeping" in text
        assert reverse("media:keeping_hold", args=[recording.public_id]) in text
    keep = {"held": "1", "next": address}
    answer = client.post(reverse("media:keeping_hold", args=[recording.public_id]), keep, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    text = answer.content.decode()
    assert "Đã giữ lại bản ghi" in text and "sẽ bị xóa vào" not in text
    assert keeping_of(recording).held


@pytest.mark.parametrize("place", ["home", "session", "conference", "list"])
def test_others_are_not_told(cast: Cast, place: str) -> None:
    announced(cast.session)
    stranger = make_user("Người ngoài", unit=make_unit(), platform_role=User.PlatformRole.ORGANISER)
    for user in [*(cast.people[role] for role in OTHERS), stranger]:
        text = as_(user).get(places(cast.session)[place]).content.decode()
        assert "sẽ bị xóa vào" not in text and "luu-giu" not in text


@pytest.mark.parametrize("place", ["home", "session", "conference", "list"])
def test_nothing_stands_there_before_it_is_announced(cast: Cast, place: str) -> None:
    recording = recorded(cast.session, days_ago=20)
    services.decide(recording=recording, policy=Policy.DELETE, days=30, by=make_user())
    sweep.keep()
    text = as_(cast.chair).get(places(cast.session)[place]).content.decode()
    assert "sẽ bị xóa vào" not in text
    assert ("Không có bản ghi nào sắp bị xóa" in text) == (place == "list")


def test_home_shows_the_first_three_and_leads_to_the_rest(cast: Cast) -> None:
    sessions = [make_session(cast.session.conference, title=f"Phiên {number}", state=State.ENDED) for number in range(5)]
    for session in sessions:
        announced(session)
    client = as_(organiser(cast))
    text = client.get(reverse("home")).content.decode()
    assert text.count("Bản ghi sẽ bị xóa vào ngày") == 3 and "Còn 2 bản ghi khác sắp bị xóa" in text
    assert reverse("recordings-going") in text
    assert client.get(reverse("recordings-going")).content.decode().count("Bản ghi sẽ bị xóa vào ngày") == 5


def test_keeping_from_elsewhere_leads_only_to_our_own_pages(cast: Cast) -> None:
    recording = announced(cast.session)
    keep = {"held": "1", "next": "https://example.org/"}
    answer = as_(cast.chair).post(reverse("media:keeping_hold", args=[recording.public_id]), keep)
    assert answer.status_code == 200 and "Bỏ giữ lại" in answer.content.decode(), "the card, as where nothing is named"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CHAIR])
def test_who_may_watch_sees_until_when(cast: Cast, role: Role) -> None:
    recording = recorded(cast.session, days_ago=10)
    client, url = as_(cast.people[role]), reverse("session_replay", args=[cast.session.public_id])
    assert "data-watchable-until" not in client.get(url).content.decode(), "it is kept for good"
    services.decide(recording=recording, policy=Policy.DELETE, days=30, by=make_user())
    at = timezone.localtime(recording.finished_at + 30 * DAY) if recording.finished_at else None
    text = client.get(url).content.decode()
    assert f"Bản ghi xem lại được đến {at:%H:%M} ngày {at:%d/%m/%Y}" in text
    assert ('<a href="#keeping">' in text) == (role is Role.CHAIR)
    services.hold(recording=recording, held=True, by=make_user())
    assert "data-watchable-until" not in client.get(url).content.decode()
