"""A worker, as the product starts it, is killed while its ffmpeg works; another one makes the same thing, once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.db import connection
from pytest_django import Settings

from core import queue
from deploy.command.run import WORKER_BOUNDS
from deploy.supervisor.kernel import descendants, die_with_parent
from media.models import Recording, Rendition
from media.queue import RENDER, SWEEP
from media.vod.run import ffmpeg_binary
from tests.factories.media import make_recording
from tests.media.vod.kit import FPS, RATE, record
from tests.support.product import ROOT
from tests.support.recording import Film

pytestmark = pytest.mark.django_db(transaction=True)
J = Rendition.State
LENGTH_S, LEASE_S = 8, 8


@pytest.fixture
def audio(data_dir: Path) -> Rendition:
    """The sound alone of a recording of 8 s: one run of ffmpeg, and then segments."""
    recording = make_recording(state=Recording.State.DONE, duration_ms=LENGTH_S * 1000)
    record(recording.folder, LENGTH_S * FPS, (0.1 * np.sin(np.arange(LENGTH_S * RATE) / 10)).astype(np.float32))
    return Rendition.objects.create(recording=recording, kind=Rendition.Kind.AUDIO)


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """While this file is there, ffmpeg reads no faster than one listens."""
    program, slow = tmp_path / "bin" / "ffmpeg", tmp_path / "slow"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ -e "{slow}" ] && exec "{ffmpeg_binary()}" -re "$@"\nexec "{ffmpeg_binary()}" "$@"\n')
    program.chmod(0o755)
    slow.touch()
    return slow


@pytest.fixture
def environment(data_dir: Path, slow: Path, settings: Settings) -> Iterator[dict[str, str]]:
    """Of workers that have the database of the tests, and a data folder and a queue of files of their own."""
    env = {**os.environ, "DIEMCAU_DATA": str(data_dir), "DIEMCAU_LOG": "json", "DIEMCAU_JOB_LEASE_S": str(LEASE_S)}
    env["PATH"] = f"{slow.parent / 'bin'}{os.pathsep}{env['PATH']}"
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        (data_dir / "db.sqlite3").symlink_to(name)
    else:
        env["DATABASE_URL"] = urlsplit(env["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    if not settings.REDIS_URL:
        messages = data_dir / "broker" / "queue"
        messages.mkdir(parents=True)
        options = {"data_folder_in": str(messages), "data_folder_out": str(messages)}
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = settings.CELERY_BROKER_TRANSPORT_OPTIONS | options
    queue._producer.cache_clear()
    yield env
    queue._producer.cache_clear()


@contextmanager
def working(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker; it and its children are a process group, of which each ffmpeg has one of its own."""
    argv = [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "--app", "deploy.celery", "worker", *WORKER_BOUNDS]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*argv, "--without-gossip", "--without-mingle", "--loglevel=INFO"],
            cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(true: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def ended(log: Path) -> list[str]:
    """How the renditions ended that a worker made."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line["outcome"] for line in lines if line["event"] == "rendition.ended"]


def test_what_a_killed_worker_was_making_is_made_once_by_another(
    audio: Rendition, environment: dict[str, str], slow: Path, tmp_path: Path
) -> None:
    folder, first, second = audio.recording.folder, tmp_path / "first.log", tmp_path / "second.log"
    queue.wake(RENDER, audio.public_id)

    def has_begun() -> bool:
        audio.refresh_from_db()
        return audio.progress > 0

    with working(environment, first) as worker:
        until(has_begun, first)
        encoders = [pid for pid in descendants(worker.pid) if Path(f"/proc/{pid}/comm").read_text() == "ffmpeg\n"]
        os.killpg(worker.pid, signal.SIGKILL)
    assert len(encoders) == 1
    until(lambda: not lives(encoders[0]), first)
    audio.refresh_from_db()
    dead = audio.lease, audio.lease_until
    assert (audio.state, audio.attempts) == (J.RUNNING, 1), "nobody knows yet"
    assert (folder / f".audio.{dead[0]}.part").is_dir()
    slow.unlink()

    def is_made() -> bool:
        audio.refresh_from_db()
        if audio.attempts == 1:
            queue.wake(SWEEP)  # as beat does, less often
        return audio.state == J.DONE

    with working(environment, second):
        until(is_made, second)
    assert audio.attempts == 2
    assert audio.started_at and dead[1] and audio.started_at >= dead[1], "not before the lease of the dead one was over"
    assert (audio.lease, audio.lease_until, audio.progress) == ("", None, 1.0)
    assert (ended(first), ended(second)) == ([], ["done"])
    assert {path.name for path in folder.iterdir()} == {"hls", "recording.json", "audio"}
    assert len(Film(folder / "audio" / "index.m3u8").sound()) / RATE == pytest.approx(LENGTH_S, abs=0.1)
