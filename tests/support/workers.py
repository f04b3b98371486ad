"""Several processes of pytest at once (pytest-xdist): none of them sees what another keeps.

pytest-django gives each a database of its own. The data folder and the number of the Redis database are told by the environment
when Django reads its settings, so this is a plugin that is loaded before that (``-p``, see ``deploy/command/test.py``).
"""

from __future__ import annotations

import os
from pathlib import Path


def _keep_apart(worker: str) -> None:
    data = Path(os.environ["DIEMCAU_DATA"]) / worker
    (data / "static").mkdir(parents=True, exist_ok=True)
    os.environ["DIEMCAU_DATA"] = str(data)
    if url := os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = f"{url.rpartition('/')[0]}/{int(worker.removeprefix('gw')) + 1}"


if "PYTEST_XDIST_WORKER" in os.environ:
    _keep_apart(os.environ["PYTEST_XDIST_WORKER"])
