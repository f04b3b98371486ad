"""What the web process loads: what only the worker and the recorder need would make its start slower, and its people wait longer
after a death."""

from __future__ import annotations

import subprocess
import sys

_LOAD = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
import django
django.setup()
import deploy.web
from django.urls import get_resolver
get_resolver().url_patterns
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_web_loads_no_codecs_and_no_typesetting() -> None:
    loaded = subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True).stdout.split()
    assert "django" in loaded and "daphne" in loaded
    assert {"av", "aiortc", "typst", "ffmpeg"}.isdisjoint(loaded)
