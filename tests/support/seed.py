"""What a first start makes of a data folder (tables and demonstration), made once for all tests and copied for each product.

A product on such a copy finds the stamps of its set-up and makes nothing again, as at every start but the first. That the first
one works is for ``tests/integration/command/test_run.py``.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from deploy.command import setup
from tests.support.product import ROOT, own_environment


def planted(data: Path) -> Path:
    """Copies the seed into ``data``, and gives ``data``. Where the tables are in PostgreSQL there is nothing to copy."""
    if not os.environ.get("DATABASE_URL"):
        shutil.copytree(_seed(), data, dirs_exist_ok=True)
    return data


@cache
def _seed() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="diemcau-seed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    argv = [sys.executable, "-m", "tests.support.seed", str(folder)]
    made = subprocess.run(argv, cwd=ROOT, env=own_environment(), capture_output=True, text=True, timeout=180, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


if __name__ == "__main__":
    setup.database(Path(sys.argv[1]))
    setup.demo(Path(sys.argv[1]))
