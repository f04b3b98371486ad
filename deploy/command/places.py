"""Where things are. Standard library only: this is read before any dependency is there."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
"""What the command downloads for itself; may be deleted at any time."""
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
WEB = ROOT / "web"
ADDRESS_FILE = "address"
"""In the data folder's ``run``: where the pages of the run that has the folder are reached from this machine."""
RUN_VARIABLE, RUN_HEADER = "DIEMCAU_RUN", "Diemcau-Run"
"""``run`` gives its processes a name in the first; by the second, in answers of ``/healthz``, it knows that its own web process
answers, and not another one that has taken the port meanwhile."""
DEFAULT_DATA = ROOT / ".data"
CATALOGUES = ("core", "people", "conference", "media", "training", ".")
"""Folders whose ``locale/`` holds translations."""


def data_folder(text: str) -> Path:
    """``--data`` as typed. Raises ArgumentTypeError for an empty one, which would be the folder where one stands."""
    if not text.strip():
        raise argparse.ArgumentTypeError("tên thư mục trống · the name of the folder is empty")
    return Path(text)


def environment(**more: str) -> dict[str, str]:
    """The environment of a child: ours, its programs first on PATH, the project importable, output not held back."""
    result = dict(os.environ)
    result["PATH"] = os.pathsep.join([str(VENV / "bin"), str(CACHE / "bin"), result.get("PATH", os.defpath)])
    result["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    result["PYTHONUNBUFFERED"] = "1"
    result.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    result.pop("VIRTUAL_ENV", None)
    result.pop("PYTHONHOME", None)
    result.update(more)
    return result
