from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.clock import from_ms, now
from core.errors import Conflict
from media import services, signals
from media.models import RECORDING_MACHINE, RENDITION_MACHINE, Chapter, Recording, Rendition
from media.queue import REBUILD, RENDER
from media.selectors import chapters
from media.services import ChapterMark
from media.vod import renditions
from tests.factories.media import ZERO_MS, make_recording, write_status

pytestmark = pytest.mark.django_db
R, J = Recording.State, Rendition.State


def state_of(row: Recording | Rendition) -> str:
    row.refresh_from_db()
    return row.state


def test_a_session_has_one_live_recording_however_often_it_is_started() -> None:
    first = services.start_recording(session="s1", title="Hội nghị")
    assert services.start_recording(session="s1", title="Hội nghị") == first
    assert services.start_recording(session="s2", title="Hội nghị") != first
    with pytest.raises(IntegrityError), transaction.atomic():
        make_recording(session="s1")


@pytest.mark.parametrize("old", list(R))
def test_finishing_is_possible_from_where_the_table_says(old: Recording.State, woken: list[Any]) -> None:
    recording = make_recording(state=old)
    assert services.finish_recording(recording=recording.public_id, duration_ms=5_000) == RECORDING_MACHINE.allows(old, R.DONE)
    assert (state_of(recording) == R.DONE) == (old == R.DONE or RECORDING_MACHINE.allows(old, R.DONE))


@pytest.mark.parametrize("old", list(R))
def test_closing_is_possible_from_where_the_table_says(old: Recording.State) -> None:
    recording = make_recording(state=old)
    services.close_recording(recording=recording.public_id)
    assert state_of(recording) == (R.CLOSING if RECORDING_MACHINE.allows(old, R.CLOSING) else old)


def test_finishing_makes_one_job_of_each_kind_once(woken: list[tuple[str, str]], django_capture_on_commit_callbacks: Any) -> None:
    recording = make_recording()
    with django_capture_on_commit_callbacks(execute=True):
        assert services.finish_recording(recording=recording.public_id, duration_ms=5_000, zero_ms=ZERO_MS)
        assert not services.finish_recording(recording=recording.public_id, duration_ms=9_000)
        assert woken == [], "nothing leaves before the commit"
    recording.refresh_from_db()
    assert (recording.duration_ms, recording.zero_at) == (5_000, from_ms(ZERO_MS))
    assert sorted(woken) == sorted((RENDER, rendition.public_id) for rendition in recording.renditions.all())
    kinds = {rendition.kind for rendition in recording.renditions.all()}
    assert kinds == set(Rendition.Kind.values) - {"720p"}, "nothing is known of its height: it is taken for the usual one"


def test_an_empty_recording_makes_no_jobs(woken: list[Any]) -> None:
    recording = make_recording()
    services.finish_recording(recording=recording.public_id, duration_ms=0)
    assert not recording.renditions.exists()


def test_whoever_knows_the_chapters_sets_them_before_the_jobs_begin(woken: list[Any]) -> None:
    recording = make_recording()

    def set_them(sender: object, recording: Recording, **kwargs: object) -> None:
        marks = [ChapterMark(0, "Khai mạc"), ChapterMark(4_000, "Chuyên đề 1"), ChapterMark(0, "Chào cờ")]
        services.set_chapters(recording=recording, chapters=marks)

    signals.recording_finished.connect(set_them)
    try:
        services.finish_recording(recording=recording.public_id, duration_ms=10_000)
    finally:
        signals.recording_finished.disconnect(set_them)
    recording.refresh_from_db()
    assert [(view.at_ms, view.end_ms, view.title) for view in chapters(recording)] == [
        (0, 4_000, "Chào cờ"), (4_000, 10_000, "Chuyên đề 1"),
    ]  # fmt: skip


def test_chapters_of_speakers_are_left_out_unless_asked_for() -> None:
    recording = make_recording(duration_ms=10)
    marks = [ChapterMark(0, "Khai mạc"), ChapterMark(5, "Huyện Hòn Đất", Chapter.Kind.SPEAKER)]
    services.set_chapters(recording=recording, chapters=marks)
    assert [view.title for view in chapters(recording)] == ["Khai mạc"]
    assert [view.title for view in chapters(recording, [Chapter.Kind.SPEAKER])] == ["Huyện Hòn Đất"]


def test_only_one_worker_gets_a_job() -> None:
    rendition = Rendition.objects.create(recording=make_recording(), kind=Rendition.Kind.MP4)
    claim = renditions.claim_rendition(public_id=rendition.public_id)
    assert claim is not None
    assert renditions.claim_rendition(public_id=rendition.public_id) is None
    assert claim.beat(0.5)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.progress, rendition.attempts) == (J.RUNNING, 0.5, 1)


def test_a_cancelled_job_has_no_claim_any_more() -> None:
    rendition = Rendition.objects.create(recording=make_recording(), kind=Rendition.Kind.MP4)
    claim = renditions.claim_rendition(public_id=rendition.public_id)
    assert claim is not None
    rendition.refresh_from_db()
    renditions.cancel_rendition(rendition=rendition)
    assert not claim.beat(0.9)
    assert not renditions.finish_rendition(claim=claim, file="video.mp4", size=1)
    assert not renditions.fail_rendition(claim=claim, code="rendition.failed")
    assert state_of(rendition) == J.CANCELLED


@pytest.mark.parametrize(("old", "step"), list(itertools.product(J, ("retry", "cancel"))))
def test_retry_and_cancel_are_possible_where_the_table_says(old: Rendition.State, step: str, woken: list[Any]) -> None:
    rendition = Rendition.objects.create(recording=make_recording(), kind=Rendition.Kind.MP4, state=old)
    new = J.QUEUED if step == "retry" else J.CANCELLED
    possible = RENDITION_MACHINE.allows(old, new) and not (step == "retry" and old in (J.RUNNING, J.DONE))
    try:
        if step == "retry":
            renditions.retry_rendition(rendition=rendition)
        else:
            renditions.cancel_rendition(rendition=rendition)
    except Conflict as error:
        assert not possible
        assert error.code == "rendition.bad_step"
        assert state_of(rendition) == old
    else:
        assert possible
        assert state_of(rendition) == new


def test_a_failed_recording_is_rebuilt_when_asked(woken: list[tuple[str, str]], django_capture_on_commit_callbacks: Any) -> None:
    recording = make_recording(state=R.FAILED, attempts=3)
    with django_capture_on_commit_callbacks(execute=True):
        services.retry_recording(recording=recording)
    assert woken == [(REBUILD, recording.public_id)]
    assert services.claim_rebuild(recording=recording.public_id)
    assert state_of(recording) == R.REBUILDING
    assert recording.attempts == 1


def test_only_one_worker_rebuilds() -> None:
    recording = make_recording(state=R.CLOSING)
    assert services.claim_rebuild(recording=recording.public_id)
    assert not services.claim_rebuild(recording=recording.public_id)
    assert services.prolong_rebuild(recording=recording.public_id)
    services.release_rebuild(recording=recording.public_id)
    assert state_of(recording) == R.CLOSING
    assert not services.prolong_rebuild(recording=recording.public_id)


def test_a_rebuild_is_given_up_after_three_attempts() -> None:
    recording = make_recording(state=R.CLOSING)
    states = []
    for _ in range(3):
        assert services.claim_rebuild(recording=recording.public_id)
        services.fail_rebuild(recording=recording.public_id, code="recording.rebuild_failed", final=False)
        states.append(state_of(recording))
    assert states == [R.CLOSING, R.CLOSING, R.FAILED]
    assert recording.trouble == "recording.rebuild_failed"


def test_a_rebuild_that_takes_its_worker_along_is_given_up_after_three_attempts() -> None:
    recording = make_recording(state=R.CLOSING)
    for _ in range(3):
        assert services.claim_rebuild(recording=recording.public_id)
        Recording.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    assert not services.claim_rebuild(recording=recording.public_id)
    assert state_of(recording) == R.FAILED and recording.trouble == "recording.worker_lost"


def test_leaving_a_rebuild_to_another_is_no_attempt() -> None:
    recording = make_recording(state=R.CLOSING)
    for _ in range(5):
        assert services.claim_rebuild(recording=recording.public_id)
        services.release_rebuild(recording=recording.public_id)
    assert state_of(recording) == R.CLOSING and recording.attempts == 0


def test_the_beginning_is_read_from_the_disk_when_nobody_heard_it(data_dir: Path, woken: list[Any]) -> None:
    recording = make_recording(state=R.CLOSING)
    write_status(recording, state="live")
    assert services.finish_recording(recording=recording.public_id, duration_ms=5_000)
    assert state_of(recording) == R.DONE and recording.zero_at == from_ms(ZERO_MS)


def test_a_finished_recording_is_neither_failed_nor_rebuilt(woken: list[Any]) -> None:
    recording = make_recording(state=R.DONE)
    services.fail_recording(recording=recording.public_id, code="x")
    assert not services.claim_rebuild(recording=recording.public_id)
    with pytest.raises(Conflict):
        services.retry_recording(recording=recording)
    assert state_of(recording) == R.DONE
