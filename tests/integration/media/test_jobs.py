"""Jobs from row to file, and the sweep that finds lost ones. With the real ffmpeg and the real egress."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from core.clock import now
from media import services
from media.models import Recording, Rendition
from media.queue import REBUILD, RENDER
from media.room import MARKS, Room
from media.vod import jobs, renditions
from media.vod.make import Made, Work
from media.vod.run import Outcome
from media.vod.sweep import program_ended, sweep
from media.work.kinds import next_jobs
from tests.factories.media import make_recording, write_status
from tests.media.egress.kit import RECORDING, RED, camera, program, write_program

pytestmark = pytest.mark.django_db
R, J = Recording.State, Rendition.State


@pytest.fixture
def captured(data_dir: Path) -> Recording:
    """A recording whose node died: 3 s captured, no end written, nothing composed."""
    recording = make_recording(public_id=RECORDING, state=R.CLOSING)
    recording.capture_folder.mkdir(parents=True)
    write_program(recording.capture_folder, (0, program(1, speaker="aaa")))
    camera("aaa", 0, 3, lambda moment: RED, size=(320, 180)).write(recording.capture_folder)
    return recording


def work_all() -> None:
    """What a worker does, message after message, until nothing is left that can be done now."""
    for _ in range(60):
        if (job := next(next_jobs(), None)) is None:
            return
        kind, public_id = job
        kind.do(public_id)
    raise AssertionError("there is no end to it")


def queued(recording: Recording, kind: Rendition.Kind = Rendition.Kind.MP4) -> Rendition:
    return Rendition.objects.create(recording=recording, kind=kind)


def test_an_abandoned_recording_is_rebuilt_and_everything_made_of_it(
    captured: Recording, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        jobs.rebuild(captured.public_id)
    captured.refresh_from_db()
    assert captured.state == R.DONE
    assert captured.duration_ms == pytest.approx(3_000, abs=100)
    assert {task for task, _ in woken} == {RENDER}
    work_all()
    made = {rendition.kind: rendition for rendition in captured.renditions.all()}
    assert {rendition.state for rendition in made.values()} == {J.DONE}
    assert set(made) == set(Rendition.Kind.values) - {"720p"}
    assert all((captured.folder / row.file).is_file() for row in made.values())
    assert all(row.bytes > 0 and row.progress == 1.0 and row.finished_at for row in made.values())


def test_sound_that_is_evened_later_is_in_everything(captured: Recording) -> None:
    """Stopped at first, so that the others were made with the sound as it was; then tried again."""
    jobs.rebuild(captured.public_id)
    sound = captured.renditions.get(kind="sound")
    renditions.cancel_rendition(rendition=sound)
    work_all()
    alone = {row.kind: row.finished_at for row in captured.renditions.exclude(kind="sound")}
    assert set(captured.renditions.exclude(kind="sound").values_list("state", flat=True)) == {J.DONE}
    quiet = (captured.folder / "video.mp4").read_bytes()

    sound.refresh_from_db()
    renditions.retry_rendition(rendition=sound)
    work_all()
    after = {row.kind: row for row in captured.renditions.all()}
    assert {row.state for row in after.values()} == {J.DONE}
    anew = {kind for kind, row in after.items() if kind != "sound" and row.finished_at != alone[kind]}
    assert anew == {"mp4", "audio", "480p", "240p"}
    assert (captured.folder / "video.mp4").read_bytes() != quiet


def write_playlist(recording: Recording) -> None:
    """One segment that is not there."""
    (recording.folder / "hls").mkdir()
    (recording.folder / "hls" / "index.m3u8").write_text("#EXTM3U\n#EXTINF:2.0,\nseg-00001.m4s\n#EXT-X-ENDLIST\n")


def test_a_job_that_is_done_is_not_done_again(captured: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    monkeypatch.setattr(jobs, "make", lambda *arguments: runs.append(arguments) or Made(Outcome("done"), "video.mp4", 4))
    write_status(captured)
    write_playlist(captured)
    rendition = queued(captured)
    for _ in range(3):
        jobs.render(rendition.public_id)
    jobs.render("gone23456789")
    assert len(runs) == 1


@pytest.mark.parametrize("kind", [Rendition.Kind.MP4, Rendition.Kind.POSTER, Rendition.Kind.P240])
def test_a_job_without_a_whole_source_fails_in_words(captured: Recording, kind: Rendition.Kind) -> None:
    rendition = queued(captured, kind)
    jobs.render(rendition.public_id)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.error_code) == (J.FAILED, "rendition.no_source")


def test_a_torn_source_fails_and_can_be_tried_again(captured: Recording, woken: list[Any]) -> None:
    write_status(captured)
    write_playlist(captured)
    rendition = queued(captured)
    jobs.render(rendition.public_id)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.error_code) == (J.FAILED, "rendition.failed")
    renditions.retry_rendition(rendition=rendition)
    assert renditions.claim_rendition(public_id=rendition.public_id) is not None


def test_what_would_fill_the_disk_stops_and_says_so(captured: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Live recordings come first. What is being made when the room ends is stopped; what is begun then is not begun."""
    jobs.rebuild(captured.public_id)
    poster = renditions.claim_rendition(public_id=captured.renditions.get(kind="poster").public_id)
    assert poster is not None and poster.beat(0.1)
    monkeypatch.setattr("media.space.free_bytes", lambda: MARKS[Room.FRUGAL] - 1)
    assert not poster.beat(0.2)
    poster.release()
    work_all()
    ended = {row.kind: (row.state, row.error_code) for row in captured.renditions.all()}
    assert set(ended.values()) == {(J.FAILED, "rendition.no_space")}
    assert not (captured.folder / "video.mp4").exists() and not list(captured.folder.glob(".*.part"))

    monkeypatch.setattr("media.space.free_bytes", lambda: MARKS[Room.FRUGAL])
    for rendition in captured.renditions.all():
        renditions.retry_rendition(rendition=rendition)
    work_all()
    assert set(captured.renditions.values_list("state", flat=True)) == {J.DONE}


def test_cancelling_stops_the_work(captured: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    write_status(captured)
    write_playlist(captured)
    rendition = queued(captured)

    def cancelled_meanwhile(kind: str, work: Work, parts: object) -> Made:
        assert work.beat(0.3)
        renditions.cancel_rendition(rendition=Rendition.objects.get(pk=rendition.pk))
        assert not work.beat(0.4)
        return Made(Outcome("cancelled"))

    monkeypatch.setattr(jobs, "make", cancelled_meanwhile)
    jobs.render(rendition.public_id)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.error_code) == (J.CANCELLED, "")


def test_a_recording_with_nothing_captured_is_given_up_at_once(data_dir: Path) -> None:
    recording = make_recording(state=R.CLOSING)
    jobs.rebuild(recording.public_id)
    recording.refresh_from_db()
    assert (recording.state, recording.trouble) == (R.FAILED, "recording.nothing_captured")


def test_a_recording_that_is_still_composed_is_left_to_its_egress(captured: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    from media.egress.status import EXIT_BUSY

    monkeypatch.setattr(jobs, "run", lambda *arguments, **more: Outcome("failed", "", EXIT_BUSY))
    jobs.rebuild(captured.public_id)
    captured.refresh_from_db()
    assert captured.state == R.CLOSING


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def older(recording: Recording, seconds: float = 100) -> Recording:
    moment = now() - dt.timedelta(seconds=seconds)
    Recording.objects.filter(pk=recording.pk).update(created_at=moment, changed_at=moment)
    recording.refresh_from_db()
    return recording


def test_sweep_adopts_what_the_disk_says_is_done(captured: Recording, woken: list[Any]) -> None:
    write_status(older(captured))
    sweep()
    captured.refresh_from_db()
    assert (captured.state, captured.duration_ms) == (R.DONE, 7_000)
    sweep()
    assert {row.kind for row in captured.renditions.all()} == {"sound", "poster", "thumbs", "mp4", "audio", "240p"}


def test_sweep_has_an_abandoned_recording_rebuilt(captured: Recording, woken: list[Any]) -> None:
    older(captured)
    sweep()
    assert woken == [(REBUILD, captured.public_id)]


def test_sweep_leaves_a_recording_that_is_being_composed(captured: Recording, woken: list[Any]) -> None:
    write_status(older(captured), state="live")
    sweep()
    assert woken == []
    age(captured.folder / "recording.json", 60)
    sweep()
    assert woken == [(REBUILD, captured.public_id)]


def test_sweep_leaves_a_live_recording_unless_its_program_ended(captured: Recording, woken: list[Any]) -> None:
    Recording.objects.update(state=R.LIVE)
    age(write_status(older(captured), state="live"), 600)
    sweep()
    assert woken == [], "the session may go on when the node is back"
    write_program(captured.capture_folder, (3, program(2, state="ended")))
    sweep()
    assert woken == [(REBUILD, captured.public_id)]


def test_sweep_gives_a_dead_workers_rebuild_to_another(captured: Recording, woken: list[Any]) -> None:
    assert services.claim_rebuild(recording=captured.public_id)
    older(captured)
    sweep()
    assert woken == []
    Recording.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    sweep()
    assert woken == [(REBUILD, captured.public_id)]
    assert services.claim_rebuild(recording=captured.public_id)


def test_sweep_queues_lost_jobs_again_and_gives_up_at_last(
    captured: Recording, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    rendition = queued(captured)
    for attempt in (1, 2, 3):
        assert renditions.claim_rendition(public_id=rendition.public_id) is not None
        sweep()
        rendition.refresh_from_db()
        assert rendition.state == J.RUNNING, "its lease holds"
        Rendition.objects.update(lease_until=now() - dt.timedelta(seconds=1))
        with django_capture_on_commit_callbacks(execute=True):
            sweep()
        rendition.refresh_from_db()
        assert rendition.state == (J.QUEUED if attempt < 3 else J.FAILED)
    assert rendition.error_code == "rendition.worker_lost"
    assert woken == [(RENDER, rendition.public_id)] * 2


def test_sweep_sends_again_what_the_broker_lost_but_not_all_the_time(
    captured: Recording, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    rendition = queued(captured)
    Rendition.objects.update(queued_at=now() - dt.timedelta(minutes=5))
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
        sweep()
    assert woken == [(RENDER, rendition.public_id)]


@pytest.mark.parametrize("text", ["", "{", '{"at_us": 1}\n', "[]\n", '{"program": {"state": "live", "recording": "rec"}}\n'])
def test_a_program_that_has_not_ended_or_cannot_be_read_has_not_ended(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "rec"
    folder.mkdir()
    (folder / "program.jsonl").write_text(text)
    assert not program_ended(folder / "program.jsonl")
    shutil.rmtree(folder)
    assert not program_ended(folder / "program.jsonl")
