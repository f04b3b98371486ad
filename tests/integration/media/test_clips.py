"""Clips from the form to the public link: rules of approval, the job, the pages. With the real ffmpeg where a file is made."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from core.clock import now
from core.errors import Conflict, DiemcauError, Invalid, NotAllowed
from media import services as recordings
from media.captions.domain.cues import Cue
from media.captions.models import CaptionVersion
from media.captions.services import add_track
from media.clips import jobs, limits, scenes, services
from media.clips.home import cards as home_cards
from media.clips.models import CLIP_MACHINE, Clip, ClipEvent
from media.clips.services import CutValues
from media.clips.shapes import Shape
from media.clips.source import scenes_kept
from media.keeping import services as keeping
from media.models import Recording
from media.queue import CLIP
from media.vod.run import Outcome, run_plan
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_user
from tests.factories.media import Roles, make_recording, write_status
from tests.media.clips.kit import number_of, see, write_recording
from tests.media.egress.kit import program, write_program

pytestmark = pytest.mark.django_db
S = Clip.State
VALUES = CutValues("Điểm nhấn", 1_000, 11_000, Shape.WIDE, with_card=False, with_captions=False)


@pytest.fixture
def maker(roles: Roles) -> User:
    return roles.give(make_user("Trần Văn Bình"), Role.SECRETARY)


@pytest.fixture
def second(roles: Roles) -> User:
    return roles.give(make_user("Lê Thị Chi"), Role.CHAIR)


@pytest.fixture
def recording(data_dir: Path) -> Recording:
    recording = make_recording(public_id="rec2345678", state=Recording.State.DONE, duration_ms=60_000)
    write_status(recording, duration_ms=60_000)
    return recording


@pytest.fixture(autouse=True)
def messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What would go to the workers."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr("core.queue.wake", lambda task, public_id: sent.append((task, public_id)))
    return sent


def clip_in(state: Clip.State, recording: Recording, maker: User, second: User) -> Clip:
    """A clip in any state, led there by the services; where it has a file, it is four bytes long."""
    clip = services.create_clip(recording=recording, values=VALUES, by=maker)
    if state != S.DRAFT:
        services.queue_clip(clip=clip, by=maker)
    if state not in (S.DRAFT, S.QUEUED):
        claim = services.CLIPS.claim(public_id=clip.public_id)
        assert claim
        if state == S.FAILED:
            services.fail_clip(claim=claim, code="clip.failed")
        elif state != S.RUNNING:
            (clip.folder / claim.lease).mkdir(parents=True)
            for name in ("clip.mp4", "poster.jpg"):
                (clip.folder / claim.lease / name).write_bytes(b"file")
            services.finish_clip(claim=claim, digest="d" * 64, size=4, duration_ms=10_000)
    clip.refresh_from_db()
    if state == S.APPROVED:
        services.approve_clip(clip=clip, version=clip.version, by=second)
    if state == S.RETURNED:
        services.return_clip(clip=clip, reason="Cắt sớm hơn một câu", by=second)
    clip.refresh_from_db()
    assert clip.state == state
    return clip


STEPS: dict[str, tuple[Callable[[Clip, User, User], None], set[Clip.State], Clip.State]] = {
    "edit": (
        lambda clip, maker, second: services.edit_clip(clip=clip, values=VALUES, by=maker),
        set(S) - {S.QUEUED, S.RUNNING},
        S.DRAFT,
    ),
    "make": (lambda clip, maker, second: services.queue_clip(clip=clip, by=maker), set(S) - {S.QUEUED, S.RUNNING}, S.QUEUED),
    "stop": (lambda clip, maker, second: services.stop_clip(clip=clip, by=maker), {S.QUEUED, S.RUNNING}, S.DRAFT),
    "approve": (
        lambda clip, maker, second: services.approve_clip(clip=clip, version=clip.version, by=second),
        {S.READY},
        S.APPROVED,
    ),
    "return": (
        lambda clip, maker, second: services.return_clip(clip=clip, reason="x", by=second),
        {S.READY, S.APPROVED},
        S.RETURNED,
    ),
    "share": (lambda clip, maker, second: services.share_clip(clip=clip, by=maker), {S.APPROVED}, S.APPROVED),
    "withdraw": (lambda clip, maker, second: services.withdraw_clip(clip=clip, by=maker), set(S), S.DRAFT),
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(S, STEPS)))
def test_every_step_from_every_state(state: Clip.State, step: str, recording: Recording, maker: User, second: User) -> None:
    act, allowed, to = STEPS[step]
    clip = clip_in(state, recording, maker, second)
    events = clip.events.count()
    if state in allowed:
        act(clip, maker, second)
        clip.refresh_from_db()
        assert clip.state == (state if step == "withdraw" else to)
        assert clip.events.count() == events + (step != "withdraw")
    else:
        with pytest.raises(Conflict), transaction.atomic():
            act(clip, maker, second)
        clip.refresh_from_db()
        assert (clip.state, clip.events.count()) == (state, events)
    assert (clip.approved_by is None) == (clip.state != S.APPROVED)
    assert set(CLIP_MACHINE.transitions) == set(S)


@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize("made_it", [False, True])
def test_only_a_second_person_of_the_chair_or_the_secretaries_approves(
    client: Client, recording: Recording, roles: Roles, role: Role | None, made_it: bool
) -> None:
    person, maker, second = make_user(), roles.give(make_user(), Role.SECRETARY), roles.give(make_user(), Role.CHAIR)
    if role:
        roles.give(person, role)
    clip = clip_in(S.READY, recording, person if made_it else maker, second)
    client.force_login(person)
    answer = client.post(reverse("clips:approve", args=[clip.public_id]), {"version": clip.version})
    clip.refresh_from_db()
    may = role in (Role.CHAIR, Role.SECRETARY) and not made_it
    assert (answer.status_code, clip.state) == ((302, S.APPROVED) if may else (403, S.READY))
    answer = client.post(reverse("clips:return", args=[clip.public_id]), {"reason": "Sửa lại tiêu đề"})
    clip.refresh_from_db()
    assert (answer.status_code, clip.state) == ((302, S.RETURNED) if may else (403, S.READY))


def test_whoever_ever_changed_it_is_no_second_person(recording: Recording, maker: User, second: User, roles: Roles) -> None:
    clip = clip_in(S.DRAFT, recording, maker, second)
    services.edit_clip(clip=clip, values=VALUES, by=second)
    services.edit_clip(clip=clip, values=VALUES, by=maker)
    services.queue_clip(clip=clip, by=maker)
    claim = services.CLIPS.claim(public_id=clip.public_id)
    assert claim and services.finish_clip(claim=claim, digest="d", size=1, duration_ms=10_000)
    clip.refresh_from_db()
    for person in (maker, second):
        with pytest.raises(NotAllowed):
            services.approve_clip(clip=clip, version=clip.version, by=person)
    services.approve_clip(clip=clip, version=clip.version, by=roles.give(make_user(), Role.SECRETARY))


@pytest.mark.parametrize(
    "values",
    [
        {"approved_by": "maker", "state": S.APPROVED, "approved_version": "version"},
        {"edited_by": "second", "approved_by": "second", "state": S.APPROVED, "approved_version": "version"},
        {"approved_by": "second", "state": S.APPROVED, "approved_version": "other"},
        {"approved_by": None, "state": S.APPROVED, "approved_version": "version"},
        {"approved_by": "second", "approved_version": "version"},
        {"share": "secret"},
        {"end_ms": 5_000},
        {"end_ms": 700_000},
    ],
)
def test_the_database_refuses_what_the_rules_forbid(
    recording: Recording, maker: User, second: User, values: dict[str, Any]
) -> None:
    clip = clip_in(S.READY, recording, maker, second)
    people = {"maker": maker, "second": second, "version": clip.version}
    with pytest.raises(IntegrityError), transaction.atomic():
        Clip.objects.filter(pk=clip.pk).update(**{name: people.get(value, value) for name, value in values.items()})


def test_an_approval_is_of_the_file_that_was_watched(recording: Recording, maker: User, second: User) -> None:
    clip = clip_in(S.READY, recording, maker, second)
    with pytest.raises(Conflict):
        services.approve_clip(clip=clip, version="another2345678", by=second)
    services.approve_clip(clip=clip, version=clip.version, by=second)
    services.share_clip(clip=clip, by=maker)
    services.queue_clip(clip=clip, by=maker)
    assert (clip.approved_by, clip.approved_version, clip.share) == (None, "", "")


@pytest.mark.parametrize(("start_ms", "end_ms"), [(0, 9_000), (0, 601_000), (5_000, 1_000), (50_000, 60_001)])
def test_a_cut_outside_the_limits_is_refused(recording: Recording, maker: User, start_ms: int, end_ms: int) -> None:
    recording.duration_ms = max(60_000, end_ms) if end_ms != 60_001 else 60_000
    with pytest.raises(Invalid):
        services.create_clip(recording=recording, values=CutValues("x", start_ms, end_ms, Shape.TALL, True, False), by=maker)
    assert not Clip.objects.exists()


# The job --------------------------------------------------------------------------------------------------------------------


def test_a_clip_is_made_waits_for_approval_and_tells_its_history(
    data_dir: Path, maker: User, django_capture_on_commit_callbacks: Any, messages: list[Any]
) -> None:
    recording = make_recording(public_id="rec2345678", state=Recording.State.DONE, duration_ms=12_000)
    write_recording(recording.folder, 300, lambda samples: 0.2 * np.sin(samples / 20))
    values = CutValues("Điểm nhấn", 1_240, 11_320, Shape.WIDE, with_card=False, with_captions=False)
    clip = services.create_clip(recording=recording, values=values, by=maker)
    with django_capture_on_commit_callbacks(execute=True):
        services.queue_clip(clip=clip, by=maker)
    assert messages == [(CLIP, clip.public_id)]
    jobs.make(clip.public_id)
    clip.refresh_from_db()
    assert (clip.state, clip.error_code, clip.progress) == (S.READY, "", 1.0)
    seen = see(clip.path("clip.mp4"))
    assert [number_of(seen.images[at]) for at in (0, -1)] == [31, 283]
    assert len(seen.images) == 253
    assert clip.duration_ms == 253 * 40
    assert clip.bytes == clip.path("clip.mp4").stat().st_size < 12 * 500_000
    assert len(clip.digest) == 64
    assert [path.name for path in clip.folder.iterdir()] == [clip.version], "nothing else is left"
    assert [event.kind for event in clip.events.all()] == ["created", "queued", "made"]
    jobs.make(clip.public_id)
    assert clip.events.count() == 3, "a job that is done is not done again"


def test_a_clip_without_a_whole_source_fails_in_words(client: Client, recording: Recording, maker: User, second: User) -> None:
    clip = clip_in(S.QUEUED, recording, maker, second)
    jobs.make(clip.public_id)
    clip.refresh_from_db()
    assert (clip.state, clip.error_code) == (S.FAILED, "clip.no_source")
    client.force_login(maker)
    assert "không đầy đủ" in client.get(reverse("clips:detail", args=[clip.public_id])).content.decode()


def test_stopping_takes_the_claim_from_the_worker(recording: Recording, maker: User, second: User) -> None:
    clip = clip_in(S.QUEUED, recording, maker, second)
    claim = services.CLIPS.claim(public_id=clip.public_id)
    assert claim and claim.beat(0.3)
    assert services.CLIPS.claim(public_id=clip.public_id) is None
    services.stop_clip(clip=clip, by=maker)
    assert not claim.beat(0.4)
    assert not services.finish_clip(claim=claim, digest="d", size=1, duration_ms=1)
    clip.refresh_from_db()
    assert (clip.state, clip.version) == (S.DRAFT, "")


def test_the_sweep_queues_lost_clips_again_and_gives_up_at_last(recording: Recording, maker: User, second: User) -> None:
    clip = clip_in(S.QUEUED, recording, maker, second)
    for attempt in (1, 2, 3):
        assert services.CLIPS.claim(public_id=clip.public_id)
        assert services.CLIPS.sweep() == [], "its lease holds"
        Clip.objects.update(lease_until=now() - dt.timedelta(seconds=1))
        assert services.CLIPS.sweep() == [clip]
        clip.refresh_from_db()
        assert clip.state == (S.QUEUED if attempt < 3 else S.FAILED)
    assert (clip.state, clip.error_code) == (S.FAILED, "clip.worker_lost")


def test_what_stood_where_is_kept_when_a_recording_is_finished(data_dir: Path, django_capture_on_commit_callbacks: Any) -> None:
    recording = make_recording(public_id="rec2345678")
    recording.capture_folder.mkdir(parents=True)
    write_program(recording.capture_folder, (0, program(1)), (3, program(2, speaker="a")), (9, program(3, state="ended")))
    write_status(recording)
    with django_capture_on_commit_callbacks(execute=True):
        recordings.finish_recording(recording=recording.public_id, duration_ms=9_000)
    shutil.rmtree(recording.capture_folder)
    kept = scenes.read(recording.folder)
    assert kept is not None
    assert [(at, len(shown.speakers)) for at, shown in kept.entries] == [(0, 0), (3_000_000, 1)]


def test_a_disk_that_refuses_takes_neither_the_scenes_nor_the_page(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    recording.capture_folder.mkdir(parents=True)
    write_program(recording.capture_folder, (0, program(1, speaker="a")))
    monkeypatch.setattr("media.clips.source.keep", refuse)
    found = scenes_kept(recording)
    assert found is not None and len(found.entries) == 1


# The pages ------------------------------------------------------------------------------------------------------------------

FORM = {"title": "Điểm nhấn", "start_ms": "0:00:01.000", "end_ms": "0:00:15.960", "shape": "9x16", "with_card": "on"}


def test_a_clip_is_cut_by_the_form_and_queued(client: Client, recording: Recording, maker: User) -> None:
    client.force_login(maker)
    address = reverse("clips:index", args=[recording.public_id])
    page = client.get(address).content.decode()
    assert "Cắt đoạn" in page and "Chưa có đoạn nào" in page
    assert 'name="with_captions"' not in page, "there are none of this recording"
    answer = client.post(address, FORM)
    clip = Clip.objects.get()
    assert answer.headers["Location"] == reverse("clips:detail", args=[clip.public_id])
    assert (clip.state, clip.shape, clip.start_ms, clip.end_ms, clip.made_by) == (S.QUEUED, "9x16", 1_000, 15_960, maker)
    assert "Đang chờ đến lượt" in client.get(reverse("clips:list", args=[recording.public_id])).content.decode()
    client.post(reverse("clips:stop", args=[clip.public_id]))
    client.post(reverse("clips:edit", args=[clip.public_id]), FORM | {"title": "Tên khác", "then": "keep"})
    clip.refresh_from_db()
    assert (clip.state, clip.title, clip.edited_by) == (S.DRAFT, "Tên khác", maker)


@pytest.mark.parametrize(
    ("change", "told"),
    [({"start_ms": "abc"}, "giờ:phút:giây"), ({"end_ms": "0:00:05"}, "từ 10 giây"), ({"end_ms": "9:00:00"}, "nằm trong bản ghi")],
)
def test_a_wrong_cut_is_told_and_what_was_typed_is_kept(
    client: Client, recording: Recording, maker: User, change: dict[str, str], told: str
) -> None:
    client.force_login(maker)
    page = client.post(reverse("clips:index", args=[recording.public_id]), FORM | change).content.decode()
    assert told in page and 'value="Điểm nhấn"' in page and next(iter(change.values())) in page
    assert not Clip.objects.exists()


def test_captions_are_offered_where_the_recording_has_some(client: Client, recording: Recording, maker: User) -> None:
    client.force_login(maker)
    address = reverse("clips:index", args=[recording.public_id])
    assert 'name="with_captions"' not in client.get(address).content.decode()
    cues = [Cue(0, 2_000, "Xin chào các đồng chí")]
    add_track(recording=recording, language="vi", label="Tiếng Việt", cues=cues, how=CaptionVersion.How.UPLOADED, by=maker)
    assert 'name="with_captions"' in client.get(address).content.decode()


@pytest.mark.parametrize("role", [*Role, None])
def test_the_pages_are_for_those_who_manage_recordings(
    client: Client, recording: Recording, maker: User, second: User, roles: Roles, role: Role | None
) -> None:
    clip = clip_in(S.READY, recording, maker, second)
    person = make_user()
    if role:
        roles.give(person, role)
    client.force_login(person)
    expected = 200 if role in (Role.CHAIR, Role.SECRETARY, Role.TECHNICIAN) else 403
    for address in (
        reverse("clips:index", args=[recording.public_id]),
        reverse("clips:list", args=[recording.public_id]),
        reverse("clips:detail", args=[clip.public_id]),
        reverse("clips:file", args=[clip.public_id, clip.version, "clip.mp4"]),
    ):
        assert client.get(address).status_code == expected, address
    if expected == 403:
        for name in ("make", "share", "withdraw", "delete", "stop"):
            assert client.post(reverse(f"clips:{name}", args=[clip.public_id])).status_code == 403


def test_the_approver_decides_on_the_page_and_the_maker_does_not(
    client: Client, recording: Recording, maker: User, second: User
) -> None:
    clip = clip_in(S.READY, recording, maker, second)
    address = reverse("clips:detail", args=[clip.public_id])
    client.force_login(maker)
    assert "do chính đồng chí cắt" in client.get(address).content.decode()
    client.force_login(second)
    page = client.get(address).content.decode()
    assert "Trả lại kèm lý do" in page and f'value="{clip.version}"' in page


def test_nothing_is_public_before_approval_and_nothing_after_withdrawal(
    client: Client, recording: Recording, maker: User, second: User
) -> None:
    for state in set(S) - {S.APPROVED}:
        clip = clip_in(state, recording, maker, second)
        with pytest.raises(DiemcauError):
            services.share_clip(clip=clip, by=maker)
    assert client.get("/xem//").status_code == 404
    clip = clip_in(S.APPROVED, recording, maker, second)
    services.share_clip(clip=clip, by=maker)
    page, video, poster = (
        reverse("clips:shared", args=[clip.share]),
        *(reverse("clips:shared_file", args=[clip.share, name]) for name in ("clip.mp4", "poster.jpg")),
    )
    answer = client.get(page)
    text = answer.content.decode()
    assert (answer.status_code, answer.headers["X-Robots-Tag"]) == (200, "noindex, nofollow")
    for words in (f'og:title" content="{clip.title}', f'og:video" content="http://testserver{video}', 'name="robots"', "<svg"):
        assert words in text
    assert maker.full_name not in text and second.full_name not in text
    part = client.get(video, headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.content, part.headers["Cache-Control"]) == (206, b"il", "private, no-cache")
    assert "diem-nhan.mp4" in client.get(f"{video}?tai=1").headers["Content-Disposition"]
    assert client.get(poster).headers["Content-Type"] == "image/jpeg"
    services.withdraw_clip(clip=clip, by=maker)
    assert [client.get(address).status_code for address in (page, video, poster)] == [404, 404, 404]
    gone = client.get(page).content.decode()
    assert "Hãy hỏi lại người đã gửi liên kết" in gone, "a stranger has no page of their own, and no use for a code"
    assert "Về trang của tôi" not in gone and "clip.not_shared" not in gone
    services.share_clip(clip=clip, by=maker)
    assert client.get(page).status_code == 404, "a new link is another"
    fresh = reverse("clips:shared", args=[clip.share])
    assert client.get(fresh).status_code == 200
    services.return_clip(clip=clip, reason="x", by=second)
    assert client.get(fresh).status_code == 404


def test_nginx_gets_the_place_of_a_shared_file(
    client: Client, recording: Recording, maker: User, second: User, settings: Any
) -> None:
    settings.MEDIA_ACCEL = True
    clip = clip_in(S.APPROVED, recording, maker, second)
    services.share_clip(clip=clip, by=maker)
    answer = client.get(reverse("clips:shared_file", args=[clip.share, "clip.mp4"]))
    where = f"/_media/{recording.public_id}/clips/{clip.public_id}/{clip.version}/clip.mp4"
    assert (answer.content, answer.headers["X-Accel-Redirect"]) == (b"", where)


def test_one_address_may_not_ask_without_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.clips.public.PAGES", 3)
    monkeypatch.setattr(limits.time, "time", lambda: 1_790_000_000.0)
    answers = [client.get("/xem/khong-co/", REMOTE_ADDR="192.0.2.7").status_code for _ in range(4)]
    assert answers == [404, 404, 404, 429]
    assert client.get("/xem/khong-co/", REMOTE_ADDR="192.0.2.8").status_code == 404


def test_a_deleted_clip_leaves_nothing(
    client: Client, recording: Recording, maker: User, second: User, django_capture_on_commit_callbacks: Any
) -> None:
    clip = clip_in(S.APPROVED, recording, maker, second)
    client.force_login(maker)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("clips:delete", args=[clip.public_id]))
    assert not Clip.objects.exists() and not ClipEvent.objects.exists()
    assert not clip.folder.exists()


# The deletion of the recording ----------------------------------------------------------------------------------------------


def test_with_the_decision_to_delete_the_recording_every_link_is_dead(
    client: Client, recording: Recording, maker: User, second: User
) -> None:
    shared, ready = clip_in(S.APPROVED, recording, maker, second), clip_in(S.READY, recording, maker, second)
    services.share_clip(clip=shared, by=maker)
    public = [
        reverse("clips:shared", args=[shared.share]),
        *(reverse("clips:shared_file", args=[shared.share, name]) for name in ("clip.mp4", "poster.jpg")),
    ]
    own = [
        *(reverse("clips:file", args=[each.public_id, each.version, "clip.mp4"]) for each in (shared, ready)),
        *(reverse(f"clips:{name}", args=[ready.public_id]) for name in ("detail", "edit", "progress")),
        *(reverse(f"clips:{name}", args=[recording.public_id]) for name in ("index", "list", "links")),
    ]
    member = Client()
    member.force_login(maker)
    assert {member.get(address).status_code for address in own} == {200}
    assert {client.get(address).status_code for address in public} == {200}
    assert len(home_cards(second).todo) == 1
    member.post(reverse("media:keeping_delete", args=[recording.public_id]), {"word": "xóa"})
    recording.refresh_from_db()
    assert recording.state == Recording.State.DELETING
    assert shared.path("clip.mp4").is_file() and ready.path("clip.mp4").is_file(), "before the first file is gone"
    assert {client.get(address).status_code for address in public} == {404}
    assert {member.get(address).status_code for address in own} == {404}
    for name in ("make", "share", "delete"):
        assert member.post(reverse(f"clips:{name}", args=[shared.public_id])).status_code == 404
    assert home_cards(second).todo == ()
    shared.refresh_from_db()
    assert shared.share == "" and shared.events.filter(kind=ClipEvent.Kind.WITHDRAWN, by=maker).count() == 1


@pytest.mark.parametrize("state", [Recording.State.DELETING, Recording.State.DELETED])
def test_a_link_is_dead_by_the_recordings_state_alone(
    client: Client, recording: Recording, maker: User, second: User, state: Recording.State
) -> None:
    clip = clip_in(S.APPROVED, recording, maker, second)
    services.share_clip(clip=clip, by=maker)
    Recording.objects.update(state=state)
    assert client.get(reverse("clips:shared", args=[clip.share])).status_code == 404
    assert client.get(reverse("clips:shared_file", args=[clip.share, "clip.mp4"])).status_code == 404


@pytest.mark.parametrize("by_rule", [True, False])
def test_deleting_the_recording_stops_the_worker_at_its_next_heartbeat(recording: Recording, maker: User, by_rule: bool) -> None:
    waiting, made = (services.create_clip(recording=recording, values=VALUES, by=maker) for _ in range(2))
    for clip in (waiting, made):
        services.queue_clip(clip=clip, by=maker)
    claim = services.CLIPS.claim(public_id=made.public_id)
    assert claim and claim.beat(0.5)
    keeping.delete(recording=recording, by=None if by_rule else maker)
    assert not claim.beat(0.6), "the process that makes it is ended"
    assert not services.finish_clip(claim=claim, digest="d", size=1, duration_ms=10_000)
    assert services.CLIPS.claim(public_id=waiting.public_id) is None and services.CLIPS.next() is None
    assert set(Clip.objects.values_list("state", "lease", "version")) == {(S.DRAFT, "", "")}
    for clip in (waiting, made):
        assert clip.events.filter(kind=ClipEvent.Kind.STOPPED, by=None if by_rule else maker).exists()
        with pytest.raises(Conflict):
            services.queue_clip(clip=clip, by=maker)


def test_what_is_queued_behind_the_deletions_back_is_never_made(recording: Recording, maker: User, second: User) -> None:
    clip = clip_in(S.QUEUED, recording, maker, second)
    Recording.objects.update(state=Recording.State.DELETING)
    assert services.CLIPS.next() is None and services.CLIPS.claim(public_id=clip.public_id) is None


def test_a_run_of_ffmpeg_ends_when_its_recording_is_deleted(data_dir: Path, maker: User, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = make_recording(public_id="rec2345678", state=Recording.State.DONE, duration_ms=12_000)
    write_recording(recording.folder, 300, lambda samples: 0.2 * np.sin(samples / 20))
    clip = services.create_clip(recording=recording, values=VALUES, by=maker)
    services.queue_clip(clip=clip, by=maker)
    outcomes = []

    def deleted_meanwhile(plan: Any, beat: Callable[[float], bool], limit_s: float) -> Outcome:
        keeping.delete(recording=recording, by=maker)
        outcomes.append(run_plan(plan, beat, limit_s))
        return outcomes[-1]

    monkeypatch.setattr("media.vod.run._BEAT_S", 0.01)  # a quick machine is done before two seconds
    monkeypatch.setattr(jobs, "run_plan", deleted_meanwhile)
    jobs.make(clip.public_id)
    assert [outcome.kind for outcome in outcomes] == ["cancelled"]
    clip.refresh_from_db()
    assert (clip.state, clip.version, clip.error_code) == (S.DRAFT, "", "")
    assert not list(clip.folder.rglob("*.*")), "nothing is left of the attempt"
