"""Processes whose settings cannot be followed do not start, and say why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.product import ROOT

WEB = ["-c", "import deploy.asgi"]
WORKER = ["-m", "celery", "--quiet", "--app", "deploy.celery", "worker", "--concurrency", "1", "--without-gossip"]
BEAT = ["-m", "celery", "--quiet", "--app", "deploy.celery", "beat", "--pidfile="]


@pytest.mark.parametrize("argv", [WEB, WORKER, BEAT], ids=["web", "worker", "beat"])
def test_process_when_its_settings_mean_nothing_does_not_start(tmp_path: Path, argv: list[str]) -> None:
    (tmp_path / "run").mkdir()  # where beat keeps its schedule
    wrong = {"DIEMCAU_KEEPING": "xoa", "DIEMCAU_KEEPING_DAYS": "ba mươi", "DIEMCAU_KEEPING_CAPTURE_DAYS": "-7"}
    env = os.environ | wrong | {"DIEMCAU_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "deploy.settings"}
    done = subprocess.run([sys.executable, *argv], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    said = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in said if line.startswith("DIEMCAU_")] == [f"{n} = {v}" for n, v in wrong.items()]
    assert "keep, archive, delete" in done.stderr and "Traceback" not in done.stderr
