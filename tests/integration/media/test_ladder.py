"""Smaller pictures in parts, on any number of workers: rows, real ffmpeg, real deaths."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from core.clock import now
from media.models import PART_MACHINE, Part, Recording, Rendition
from media.queue import RENDER, RENDER_PART
from media.selectors import rendition_rows
from media.vod import jobs, ladder, parts, renditions
from media.vod.ladder import Span
from media.vod.make import part_file, part_name
from media.vod.playlist import read_cuts
from media.vod.sweep import sweep
from media.work.kinds import next_jobs
from tests.factories.media import make_recording
from tests.media.vod.kit import FPS, RATE, Look, record

pytestmark = pytest.mark.django_db
J, P, K = Rendition.State, Part.State, Rendition.Kind
FRAMES = 8 * FPS


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sound = (0.1 * np.sin(np.arange(8 * RATE) / 10)).astype(np.float32)
    return record(tmp_path_factory.mktemp("ladder") / "recording", FRAMES, sound)


@pytest.fixture
def recording(data_dir: Path, original: Path, monkeypatch: pytest.MonkeyPatch, woken: list[Any]) -> Recording:
    """8 s in two parts, of which 480p and 240p are wanted."""
    found = make_recording(state=Recording.State.DONE, duration_ms=8_000)
    found.folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(original, found.folder)
    monkeypatch.setattr(jobs, "spans", lambda durations: ladder.spans(durations, part_s=4))
    for kind in (K.P480, K.P240):
        Rendition.objects.create(recording=found, kind=kind)
    return found


def height(recording: Recording, kind: str) -> Rendition:
    return Rendition.objects.get(recording=recording, kind=kind)


def split(recording: Recording) -> list[Part]:
    jobs.render(height(recording, K.P480).public_id)
    return list(recording.parts.all())


def work_all() -> list[tuple[str, str]]:
    done: list[tuple[str, str]] = []
    while (job := next(next_jobs(), None)) is not None:
        kind, public_id = job
        kind.do(public_id)
        done.append((kind.jobs.task, public_id))
        assert len(done) < 30
    return done


def test_parts_are_made_once_joined_and_gone(recording: Recording) -> None:
    done = work_all()
    assert [task for task, _ in done] == [RENDER, RENDER_PART, RENDER_PART, RENDER, RENDER]
    assert {row.state for row in recording.renditions.all()} == {J.DONE}
    for kind in (K.P480, K.P240):
        assert Look(recording.folder / kind / "index.m3u8").numbers == list(range(FRAMES))
    assert not recording.parts.exists()
    assert not (recording.folder / ".ladder").exists()
    assert not list(recording.folder.glob(".*.part"))


def test_a_part_is_given_to_one_worker_and_a_recording_is_cut_once(recording: Recording) -> None:
    one, two = split(recording)
    assert not parts.split_recording(recording=recording, spans=[Span(0, 4, 8_000)])
    claim = parts.claim_part(public_id=one.public_id)
    assert claim is not None and parts.making(claim) == ["480p", "240p"]
    assert parts.claim_part(public_id=one.public_id) is None
    assert parts.claim_part(public_id=two.public_id) is not None
    assert parts.beat_part(claim=claim, progress=0.5)


def test_dependents_wait_for_the_sound_and_no_longer(
    recording: Recording, django_capture_on_commit_callbacks: Any, woken: list[Any]
) -> None:
    sound = Rendition.objects.create(recording=recording, kind=K.SOUND)
    audio = Rendition.objects.create(recording=recording, kind=K.AUDIO)
    poster = Rendition.objects.create(recording=recording, kind=K.POSTER)
    assert renditions.claim_rendition(public_id=audio.public_id) is None
    assert renditions.claim_rendition(public_id=poster.public_id) is not None
    claim = renditions.claim_rendition(public_id=sound.public_id)
    assert claim is not None
    assert renditions.claim_rendition(public_id=audio.public_id) is None
    with django_capture_on_commit_callbacks(execute=True):
        renditions.fail_rendition(claim=claim, code="rendition.failed")
    assert (RENDER, audio.public_id) in woken
    assert renditions.claim_rendition(public_id=audio.public_id) is not None


def test_one_height_is_cancelled_and_the_other_goes_on_and_then_only_that_one_is_made_again(recording: Recording) -> None:
    one, _ = split(recording)
    jobs.render_part(one.public_id)
    renditions.cancel_rendition(rendition=height(recording, K.P480))
    work_all()
    assert (height(recording, K.P480).state, height(recording, K.P240).state) == (J.CANCELLED, J.DONE)
    assert not (recording.folder / ".ladder").exists() and not (recording.folder / "480p").exists()
    before = (recording.folder / "240p" / "init.mp4").stat().st_mtime_ns
    renditions.retry_rendition(rendition=height(recording, K.P480))
    work_all()
    assert height(recording, K.P480).state == J.DONE
    assert Look(recording.folder / "480p" / "index.m3u8").numbers == list(range(FRAMES))
    assert (recording.folder / "240p" / "init.mp4").stat().st_mtime_ns == before


def test_a_height_that_fails_hides_no_other_and_is_made_when_tried_again(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ladder.PICTURES["480p"]
    monkeypatch.setitem(ladder.PICTURES, "480p", ladder.Picture(1, 480, 24, 700))  # x264 refuses an odd width
    work_all()
    failed = height(recording, K.P480)
    assert (failed.state, failed.error_code, height(recording, K.P240).state) == (J.FAILED, "rendition.failed", J.DONE)
    monkeypatch.setitem(ladder.PICTURES, "480p", whole)
    renditions.retry_rendition(rendition=failed)
    work_all()
    assert height(recording, K.P480).state == J.DONE


def test_a_worker_killed_in_the_middle_of_a_part_costs_that_part_alone(recording: Recording) -> None:
    """The worker is a process of its own; its ffmpeg dies with it. Then its lease ends, and the sweep gives the part away."""
    one, two = split(recording)
    jobs.render_part(one.public_id)
    made = part_file(recording.folder, "240p", 0).stat()
    claim = parts.claim_part(public_id=two.public_id)
    assert claim is not None
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(recording.folder), claim.lease], cwd=settings.BASE_DIR)
    place = recording.folder / f".{part_name(1)}.{claim.lease}.part"
    deadline = time.monotonic() + 30
    while not (place / "240p.mp4").exists():
        assert time.monotonic() < deadline and worker.poll() is None
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    sweep()
    assert place.exists(), "nobody knows yet: the lease holds"
    Part.objects.filter(pk=two.pk).update(lease_until=now() - dt.timedelta(seconds=1))
    sweep()
    assert not place.exists(), "what the lost attempt wrote is gone"
    two.refresh_from_db()
    assert (two.state, two.attempts) == (P.QUEUED, 1)
    assert not parts.finish_part(claim=claim, made=["480p", "240p"]), "a dead worker has no say"
    jobs.render_part(two.public_id)
    again = part_file(recording.folder, "240p", 0).stat()
    assert (again.st_ino, again.st_mtime_ns) == (made.st_ino, made.st_mtime_ns), "the other part is not made again"
    work_all()
    assert Look(recording.folder / "240p" / "index.m3u8").numbers == list(range(FRAMES))


WORKER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from media.vod import run
    from media.vod.ladder import Span
    from media.vod.make import Work, make_part
    from media.vod.plan import Source
    from media.vod.playlist import read_cuts
    folder, lease = Path(sys.argv[1]), sys.argv[2]
    before = run._before()
    run._before = lambda: (*before, "sh", "-c", '"$0" "$@"; sleep 60')  # the death always comes before the end
    source = Source(folder, 8_000, 25, "x", (), read_cuts(folder / "hls" / "index.m3u8"))
    make_part(Work(source, lease, lambda share: True, 60), 1, Span(2, 2, 4_000), ["480p", "240p"])
""")


def test_what_takes_its_workers_along_is_given_up_in_words(recording: Recording) -> None:
    one, _ = split(recording)
    for _attempt in range(3):
        assert parts.claim_part(public_id=one.public_id) is not None
        Part.objects.filter(pk=one.pk).update(lease_until=now() - dt.timedelta(seconds=1))
        sweep()
    assert {(row.state, row.error_code) for row in recording.renditions.all()} == {(J.FAILED, "rendition.worker_lost")}
    assert not recording.parts.exists()
    renditions.retry_rendition(rendition=height(recording, K.P240))
    work_all()
    assert (height(recording, K.P240).state, height(recording, K.P480).state) == (J.DONE, J.FAILED)


def test_a_part_whose_file_is_gone_is_made_again(recording: Recording) -> None:
    for part in split(recording):
        jobs.render_part(part.public_id)
    part_file(recording.folder, "480p", 1).unlink()
    done = work_all()
    assert [task for task, _ in done].count(RENDER_PART) == 1
    assert {row.state for row in recording.renditions.all()} == {J.DONE}


def test_a_part_stops_when_nothing_of_it_is_wanted(recording: Recording) -> None:
    one, _ = split(recording)
    claim = parts.claim_part(public_id=one.public_id)
    assert claim is not None
    renditions.cancel_rendition(rendition=height(recording, K.P480))
    assert parts.beat_part(claim=claim, progress=0.1)
    renditions.cancel_rendition(rendition=height(recording, K.P240))
    assert not parts.beat_part(claim=claim, progress=0.2)
    assert parts.finish_part(claim=claim, made=[])
    assert parts.claim_part(public_id=one.public_id) is None
    jobs.tidy(recording)
    assert not recording.parts.exists()


def test_the_page_counts_parts_and_says_how_long_it_will_take(recording: Recording) -> None:
    one, two = split(recording)
    moment = now()
    Part.objects.filter(pk=one.pk).update(state=P.DONE, made="480p 240p")
    Part.objects.filter(pk=two.pk).update(
        state=P.RUNNING, making="480p", progress=0.25, started_at=moment - dt.timedelta(seconds=50), lease="x"
    )
    rows = {row.rendition.kind: row for row in rendition_rows(recording)}
    assert (rows["480p"].percent, rows["480p"].running, rows["480p"].left) == (60, True, "còn khoảng 3 phút")
    assert (rows["240p"].percent, rows["240p"].left) == (48, "")
    assert rows["480p"].may_cancel and not rows["480p"].may_retry


@pytest.mark.parametrize("old", list(P))
def test_only_waiting_parts_are_taken(recording: Recording, old: str) -> None:
    one, _ = split(recording)
    Part.objects.filter(pk=one.pk).update(state=old)
    taken = parts.claim_part(public_id=one.public_id) is not None
    assert taken == PART_MACHINE.allows(P(old), P.RUNNING)


def test_the_recorder_and_the_ladder_have_the_same_segments(recording: Recording) -> None:
    work_all()
    wanted = [cut.duration_s for cut in read_cuts(recording.folder / "hls" / "index.m3u8")]
    assert [cut.duration_s for cut in read_cuts(recording.folder / "240p" / "index.m3u8")] == wanted
