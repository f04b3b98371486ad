"""Which Python the packages are installed for: of those of the same version that this machine has, the quickest.

One built without optimisation, as pyenv builds it, takes nearly twice as long as Debian's for the same code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.command.children import quietly
from deploy.command.say import Trouble

FOLDERS = ("/usr/local/bin", "/usr/bin")
"""Looked into after PATH."""
CLEARLY = 0.8
"""Another than the one that runs is taken where it needs less than this part of the time."""
_PROBE = """
import os, sys, time
class Item:
    __slots__ = ("number", "text")
    def __init__(self, number, text):
        self.number, self.text = number, text
def work():
    found = {}
    for number in range(20_000):
        item = Item(number, b"0123456789"[number % 7:])
        found[number & 255] = item.number + len(item.text)
    return found
times = []
for _ in range(7):
    began = time.perf_counter()
    work()
    times.append(time.perf_counter() - began)
own = sys.prefix == sys.base_prefix and sys.implementation.name == "cpython"
print(f"{sys.version_info[0]}.{sys.version_info[1]}" if own else "-", min(times), os.path.realpath(sys.executable))
"""


def choose() -> str:
    """Path of the interpreter to install for; takes half a second for each that there is."""
    running = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    times = measured({running, *others(os.environ.get("PATH", os.defpath))})
    return quickest(running, times)


def others(path: str) -> Iterable[str]:
    """Real paths of all that are named like the version that runs."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for folder in dict.fromkeys([*path.split(os.pathsep), *FOLDERS]):
        for name in (f"python{version}", "python3"):
            if folder and os.access(found := Path(folder) / name, os.X_OK):
                yield os.path.realpath(found)


def measured(candidates: Iterable[str]) -> dict[str, float]:
    """Seconds that each needs for the same work; without what is no Python of this version, or one of a virtual environment."""
    times: dict[str, float] = {}
    for candidate in sorted(candidates):
        try:
            version, seconds, real = quietly([candidate, "-I", "-c", _PROBE], "-", timeout_s=20).split(maxsplit=2)
            if version == f"{sys.version_info.major}.{sys.version_info.minor}":
                times.setdefault(real.strip(), float(seconds))
        except (Trouble, ValueError):
            continue  # a wrapper without what it wraps
    return times


def quickest(running: str, times: Mapping[str, float]) -> str:
    """The one that runs, where no other is clearly quicker."""
    best = min(times, key=times.__getitem__, default=running)
    return best if best != running and times[best] < CLEARLY * times.get(running, float("inf")) else running
