"""Watching a recording: leases, beats over HTTP, and what they make of the module."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from conference.domain.program import State as SessionState
from conference.models import Session
from core.errors import Conflict, NotFound
from media import services as media_services
from media.keeping import services as keeping
from media.models import Chapter, Recording
from people.models import User
from people.permissions import Role
from tests.factories.conference import START, make_session, make_user, summon
from tests.factories.training import make_module
from training.models import Activity, Coverage, PlaybackLease
from training.modules.domain.activities import Kind, Status
from training.modules.selectors import standing, watched_text
from training.replay import watching
from training.replay.domain.beats import Beat, State
from training.replay.selectors import viewing

pytestmark = pytest.mark.django_db
T0 = dt.datetime(2026, 11, 22, 5, 0, tzinfo=dt.UTC)
S = dt.timedelta(seconds=1)


@pytest.fixture
def session() -> Session:
    return make_session(state=SessionState.ENDED, started_at=START, ended_at=START + 100 * S)


@pytest.fixture
def recording(session: Session, data_dir: Path) -> Recording:
    """100 s, of which 40..60 are a break."""
    found = media_services.start_recording(session=session.public_id, title="Phiên")
    Session.objects.filter(pk=session.pk).update(recording_id=found.public_id)
    session.refresh_from_db()
    Recording.objects.filter(pk=found.pk).update(state=Recording.State.DONE, duration_ms=100_000)
    marks = [
        media_services.ChapterMark(0, "Khai mạc"),
        media_services.ChapterMark(40_000, "Giải lao", Chapter.Kind.BREAK),
        media_services.ChapterMark(60_000, "Kết luận"),
    ]
    found.refresh_from_db()
    media_services.set_chapters(recording=found, chapters=marks)
    return found


@pytest.fixture
def person(session: Session) -> User:
    return summon(session, make_user(), Role.DELEGATE).person


@pytest.fixture
def activity(session: Session) -> Activity:
    module = make_module()
    Activity.objects.create(module=module, position=1, kind=Kind.SESSION, title="Dự hội nghị", session=session)
    return Activity.objects.create(
        module=module, position=2, kind=Kind.RECORDING, title="Xem lại", session=session, required=False
    )


def play(lease: PlaybackLease, from_s: int, to_s: int, *, at: dt.datetime, first_seq: int = 1) -> watching.Watched:
    """Beats of straight play, every 5 s, all sent at ``at``."""
    beats = [
        Beat(first_seq + n, 1000 * second, 1000 * second, 1.0, State.PLAYING)
        for n, second in enumerate(range(from_s, to_s + 1, 5))
    ]
    return watching.take_beats(
        lease_id=lease.public_id,
        recording_id=lease.recording_id,
        person=lease.person,
        sent=beats,
        duration_ms=100_000,
        audio_only=False,
        now=at,
    )


def test_lease_when_issued_again_ends_the_other_window(recording: Recording, person: User) -> None:
    first = watching.issue_lease(recording_id=recording.public_id, person=person, now=T0)
    second = watching.issue_lease(recording_id=recording.public_id, person=person, now=T0 + S)
    with pytest.raises(Conflict, match=r"replay\.superseded"):
        play(first, 0, 20, at=T0 + 60 * S)
    assert play(second, 0, 20, at=T0 + 60 * S).intervals == ((0, 20_000),)


def test_lease_when_it_is_somebody_elses_is_not_found(recording: Recording, person: User) -> None:
    lease = watching.issue_lease(recording_id=recording.public_id, person=person, now=T0)
    lease.person = make_user()
    with pytest.raises(NotFound):
        play(lease, 0, 20, at=T0 + 60 * S)


def test_beats_when_sent_again_change_nothing(recording: Recording, person: User) -> None:
    lease = watching.issue_lease(recording_id=recording.public_id, person=person, now=T0)
    assert play(lease, 0, 30, at=T0 + 60 * S) == play(lease, 0, 30, at=T0 + 61 * S)


def test_coverage_when_watched_in_parts_is_a_union_without_the_break(recording: Recording, person: User) -> None:
    for start, (from_s, to_s) in enumerate([(0, 30), (20, 70)]):
        lease = watching.issue_lease(recording_id=recording.public_id, person=person, now=T0 + start * 100 * S)
        play(lease, from_s, to_s, at=T0 + (start * 100 + 60) * S)
    seen = viewing(recording, person)
    assert seen.watched == watching.Watched(((0, 70_000),), 70_000)
    assert (seen.required_ms, seen.watched_ms, seen.ratio) == (80_000, 50_000, 0.625)


def test_what_was_watched_of_a_short_recording_is_told_to_the_second(recording: Recording, person: User) -> None:
    Recording.objects.update(duration_ms=209_000)
    recording.refresh_from_db()
    Coverage.objects.create(
        recording_id=recording.public_id, person=person, intervals=[[0, 109_000]], position_ms=109_000, updated_at=T0
    )
    assert watched_text(viewing(recording, person)) == "Đã xem 1:29/3:09"


def test_coverage_when_a_beat_is_beyond_the_end_is_cut(recording: Recording, person: User) -> None:
    lease = watching.issue_lease(recording_id=recording.public_id, person=person, now=T0)
    assert play(lease, 90, 110, at=T0 + 60 * S) == watching.Watched(((90_000, 100_000),), 100_000)


def test_session_when_missed_is_made_up_by_watching(recording: Recording, person: User, activity: Activity) -> None:
    steps = {step.activity.kind: step for step in standing(activity.module, person, now=T0).steps}
    assert (steps["session"].status, steps["recording"].status) == (Status.OPEN, Status.OPEN)
    lease = watching.issue_lease(recording_id=recording.public_id, person=person, now=T0)
    play(lease, 0, 95, at=T0 + 100 * S)
    found = standing(activity.module, person, now=T0)
    assert [step.status for step in found.steps] == [Status.MADE_UP, Status.DONE]
    assert found.progress.complete


def test_session_that_was_held_elsewhere_is_made_up_by_watching(
    recording: Recording, person: User, activity: Activity, session: Session
) -> None:
    session.state, session.started_at, session.ended_at, session.held_elsewhere = SessionState.SCHEDULED, None, None, True
    session.save()
    (step, *_) = standing(activity.module, person, now=T0).steps
    assert step.url and "chưa tham dự" not in step.note and "để học bù" in step.note


def test_step_when_the_recording_is_not_finished_has_no_way_in(recording: Recording, person: User, activity: Activity) -> None:
    Recording.objects.update(state=Recording.State.CLOSING)
    assert [step.url for step in standing(activity.module, person, now=T0).steps] == ["", ""]


def test_step_when_the_session_runs_says_that_it_can_be_watched_later(
    recording: Recording, person: User, activity: Activity, session: Session
) -> None:
    Recording.objects.update(state=Recording.State.LIVE)
    session.state = SessionState.LIVE
    session.save()
    assert "Có thể xem lại khi phiên kết thúc" in standing(activity.module, person, now=T0).steps[1].note


# Over HTTP ------------------------------------------------------------------------------------------------------------
def post(client: Client, url: str, body: Any) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json", headers={"Accept": "application/json"})


@pytest.fixture
def client(person: User) -> Client:
    found = Client()
    found.force_login(person)
    return found


def test_page_when_the_recording_is_ready_has_what_the_player_needs(
    client: Client, recording: Recording, activity: Activity, person: User
) -> None:
    Coverage.objects.create(
        recording_id=recording.public_id, person=person, intervals=[[0, 20_000]], position_ms=20_000, updated_at=T0
    )
    page = client.get(f"/hoc-tap/xem-lai/{activity.public_id}/")
    config = page.context["config"]
    assert config["position_ms"] == 20_000
    assert config["required"] == ((0, 40_000), (60_000, 100_000))
    assert [(c["time"], c["title"]) for c in config["chapters"]] == [
        ("00:00", "Khai mạc"),
        ("00:40", "Giải lao"),
        ("01:00", "Kết luận"),
    ]
    assert config["progress"]["ratio"] == 0.25
    nonce = page.content.decode().split('property="csp-nonce" nonce="')[1].split('"')[0]
    assert f"'nonce-{nonce}'" in page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("state", [Recording.State.LIVE, Recording.State.CLOSING, Recording.State.FAILED])
def test_page_when_the_recording_is_not_ready_says_so(
    client: Client, recording: Recording, activity: Activity, state: Recording.State
) -> None:
    Recording.objects.update(state=state)
    page = client.get(f"/hoc-tap/xem-lai/{activity.public_id}/")
    assert page.status_code == 200
    assert "config" not in page.context
    waiting = client.get(f"/hoc-tap/xem-lai/{activity.public_id}/cho/")
    assert waiting.headers.get("HX-Refresh") == ("true" if state is Recording.State.FAILED else None)
    assert post(client, f"/hoc-tap/xem-lai/{activity.public_id}/quyen-xem/", {}).status_code == 404


def test_page_when_there_was_no_recording(client: Client, activity: Activity) -> None:
    assert client.get(f"/hoc-tap/xem-lai/{activity.public_id}/").status_code == 200


def test_beats_when_posted_are_credited(client: Client, recording: Recording, activity: Activity) -> None:
    base = f"/hoc-tap/xem-lai/{activity.public_id}/"
    lease = post(client, f"{base}quyen-xem/", {}).json()["lease"]
    PlaybackLease.objects.update(issued_at=dt.datetime.now(dt.UTC) - 60 * S)
    beat = {"mono_ms": 100, "position_ms": 0, "rate": 1, "state": "playing", "seq": 1}
    beats = [beat, beat | {"seq": 2, "mono_ms": 5_100, "position_ms": 5_000}]
    progress = post(client, f"{base}nhip/", {"lease": lease, "beats": beats}).json()["progress"]
    assert (progress["watched"], progress["done"]) == ([[0, 5_000]], False)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"lease": "x", "beats": []},
        {"lease": "x", "beats": [{"seq": 0, "mono_ms": 0, "position_ms": 0, "rate": 1, "state": "playing"}]},
        {"lease": "x", "beats": [{"seq": 1, "mono_ms": -1, "position_ms": 0, "rate": 1, "state": "playing"}]},
        {"lease": "x", "beats": [{"seq": 1, "mono_ms": 0, "position_ms": 0, "rate": 99, "state": "playing"}]},
        {"lease": "x", "beats": [{"seq": 1, "mono_ms": 0, "position_ms": 0, "rate": 1, "state": "cheating"}]},
        {"lease": "x" * 99, "beats": [{"seq": 1, "mono_ms": 0, "position_ms": 0, "rate": 1, "state": "playing"}]},
    ],
)
def test_beats_when_malformed_are_refused(client: Client, recording: Recording, activity: Activity, body: dict[str, Any]) -> None:
    answer = post(client, f"/hoc-tap/xem-lai/{activity.public_id}/nhip/", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "core.bad_message")


def test_replay_when_the_person_has_no_part_in_it(recording: Recording, activity: Activity) -> None:
    stranger = Client()
    stranger.force_login(make_user())
    for path in ("", "cho/", "lien-ket/", "tai-ve/", "ma-qr.svg", "trang-chieu/d/1.jpg"):
        assert stranger.get(f"/hoc-tap/xem-lai/{activity.public_id}/{path}").status_code == 403
    for path in ("quyen-xem/", "nhip/"):
        assert post(stranger, f"/hoc-tap/xem-lai/{activity.public_id}/{path}", {}).status_code == 403


def test_asking_for_many_leases_gains_nothing(recording: Recording, person: User) -> None:
    credited = []
    for number in range(6):
        lease = watching.issue_lease(recording_id=recording.public_id, person=person, now=T0)
        start = number * 5_000
        sent = [Beat(1, 0, start, 2.0, State.PLAYING), Beat(2, 2_000, start + 5_000, 2.0, State.PLAYING)]
        watching.take_beats(
            lease_id=lease.public_id,
            recording_id=recording.public_id,
            person=person,
            sent=sent,
            duration_ms=100_000,
            audio_only=False,
            now=T0,
        )
        lease.refresh_from_db()
        credited.append(lease.credited_ms)
    assert credited == [5_000] * 6, "the first stretch is owed by every lease that follows in the same moment"
    viewed = Coverage.objects.get(recording_id=recording.public_id, person=person)
    assert viewed.intervals == [[0, 5_000]]


@pytest.mark.parametrize("role", [Role.CHAIR, Role.DELEGATE, Role.VIEWER, "admin"])
def test_replay_when_the_session_is_in_no_module_is_for_all_who_have_a_part_in_it(
    recording: Recording, session: Session, role: Role | str
) -> None:
    person = make_user(platform_role=User.PlatformRole.ADMIN if role == "admin" else User.PlatformRole.MEMBER)
    if isinstance(role, Role):
        summon(session, person, role)
    client, url = Client(), f"/phien/{session.public_id}/xem-lai/"
    client.force_login(person)
    for page in (f"/phien/{session.public_id}/", f"/hop/{session.public_id}/"):
        assert f'href="{url}"' in client.get(page).content.decode()
    page = client.get(url)
    assert page.status_code == 200
    lease = post(client, page.context["config"]["lease"], {}).json()["lease"]
    beat = {"mono_ms": 100, "position_ms": 0, "rate": 1, "state": "playing", "seq": 1}
    assert post(client, page.context["config"]["beats"], {"lease": lease, "beats": [beat]}).status_code == 200


def test_replay_when_the_session_is_in_no_module_appears_by_itself(
    client: Client, recording: Recording, session: Session
) -> None:
    Recording.objects.update(state=Recording.State.CLOSING)
    pages = (f"/phien/{session.public_id}/", f"/hop/{session.public_id}/")
    for page in pages:
        text = client.get(page).content.decode()
        assert "xem-lai" not in text and f'hx-get="{page}"' in text
    assert "config" not in client.get(f"/phien/{session.public_id}/xem-lai/").context
    Recording.objects.update(state=Recording.State.DONE)
    for page in pages:
        assert f'hx-get="{page}"' not in client.get(page).content.decode()
    assert client.get(f"/phien/{session.public_id}/xem-lai/cho/").headers["HX-Refresh"] == "true"


def test_replay_when_the_session_is_in_no_module_is_not_for_others(recording: Recording, session: Session) -> None:
    stranger = Client()
    stranger.force_login(make_user())
    for path in ("", "cho/", "lien-ket/", "tai-ve/", "ma-qr.svg", "trang-chieu/d/1.jpg"):
        assert stranger.get(f"/phien/{session.public_id}/xem-lai/{path}").status_code == 403
    for path in ("quyen-xem/", "nhip/"):
        assert post(stranger, f"/phien/{session.public_id}/xem-lai/{path}", {}).status_code == 403
    assert stranger.get("/phien/khongco/xem-lai/").status_code == 404


def test_replay_in_a_module_is_also_for_who_has_a_part_in_the_session_only(
    recording: Recording, activity: Activity, session: Session
) -> None:
    office = {"platform_role": User.PlatformRole.ORGANISER, "unit": session.conference.organiser}
    client = Client()
    client.force_login(make_user(**office))
    url = f"/hoc-tap/xem-lai/{activity.public_id}/"
    assert f'href="{url}"' in client.get(f"/phien/{session.public_id}/").content.decode()
    assert client.get(url).status_code == 200


def test_what_was_watched_counts_when_the_recording_is_deleted(recording: Recording, activity: Activity, person: User) -> None:
    late = summon(activity.session, make_user(), Role.DELEGATE).person  # type: ignore[arg-type]  # the fixture has one
    Coverage.objects.create(recording_id=recording.public_id, person=person, intervals=[[0, 100_000]], updated_at=T0)
    before = [step.status for step in standing(activity.module, person, now=T0).steps]
    keeping.delete(recording=recording, by=None)
    steps = standing(activity.module, person, now=T0).steps
    assert [step.status for step in steps] == before == [Status.MADE_UP, Status.DONE]
    missed = standing(activity.module, late, now=T0).steps
    assert [(step.status, step.action) for step in missed] == [(Status.OPEN, ""), (Status.OPEN, "")]
    assert all("bản ghi đã được xóa ngày" in step.note for step in missed)


def test_pages_say_that_the_recording_is_deleted(
    client: Client, recording: Recording, activity: Activity, session: Session, person: User
) -> None:
    keeping.delete(recording=recording, by=None)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session_page = client.get(f"/phien/{session.public_id}/").content.decode()
    assert "Bản ghi đã được xóa ngày" in session_page and "đang được hoàn tất" not in session_page
    for address in (f"/hoc-tap/xem-lai/{activity.public_id}/", f"/phien/{session.public_id}/xem-lai/"):
        answer = client.get(address)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "Bản ghi đã được xóa ngày" in text and "hx-get" not in text.split("<main")[1]
        refused = client.post(f"{address}quyen-xem/", headers={"Accept": "application/json"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "recording.deleted")


def test_managers_find_the_keeping_on_the_page(client: Client, recording: Recording, session: Session, person: User) -> None:
    address = f"/phien/{session.public_id}/xem-lai/"
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert "luu-giu" not in client.get(address).content.decode()
    secretary = summon(session, make_user(), Role.SECRETARY).person
    client.force_login(secretary, backend="django.contrib.auth.backends.ModelBackend")
    assert f"/ban-ghi/{recording.public_id}/luu-giu/" in client.get(address).content.decode()
