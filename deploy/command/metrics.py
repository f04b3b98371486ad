"""Where the processes of a run tell Prometheus how they do: a port of this machine each, written down where it can find them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.command import network

HOST = "127.0.0.1"
FIRST_PORT = 43480
TARGETS_FILE = "metrics.json"
"""In ``run/`` of the data folder; the form is Prometheus' own (``file_sd_configs``)."""


def claim(names: Iterable[str]) -> dict[str, str]:
    """``HOST:PORT`` for each process: ports from :data:`FIRST_PORT` on where they are free, else any. Raises Trouble."""
    taken: set[int] = set()
    places = {}
    for wanted, name in enumerate(names, FIRST_PORT):
        port = network.free_tcp(HOST, wanted, taken)
        taken.add(port)
        places[name] = f"{HOST}:{port}"
    return places


def of_task_process(data: Path, name: str, place: str) -> dict[str, str]:
    """What the environment of worker or beat needs (:mod:`deploy.task_metrics`)."""
    found = {"DIEMCAU_METRICS": place}
    if name == "worker":
        found["PROMETHEUS_MULTIPROC_DIR"] = str(data / "run" / "metrics-worker")
    return found


def write_targets(data: Path, places: Mapping[str, str]) -> Path:
    """Write down all places, by process; returns the file."""
    targets = [{"targets": [place], "labels": {"process": name}} for name, place in places.items()]
    path = data / "run" / TARGETS_FILE
    path.write_text(json.dumps(targets, indent=1) + "\n")
    return path
