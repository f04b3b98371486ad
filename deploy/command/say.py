"""What the command says to the person who typed it: short lines, Vietnamese and English, and never the address of a registry."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Iterator

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>)]+", re.IGNORECASE)


class Trouble(Exception):
    """Ends the command with one clear line, and details below it where there are any."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class Step:
    """What a step found while it ran; see :func:`step`."""

    note = ""


def scrubbed(text: str) -> str:
    """``text`` without addresses: a package index may carry a name, or a password, that is nobody's business."""
    return _ADDRESS.sub("…", text)


def line(text: str = "") -> None:
    print(text, flush=True)


def trouble(error: Trouble) -> None:
    """Say what went wrong on stderr."""
    print(f"diemcau: {error}", file=sys.stderr)
    if error.details:
        print("\n".join(f"  | {row}" for row in scrubbed(error.details).splitlines()[-30:]), file=sys.stderr)
    sys.stderr.flush()


@contextlib.contextmanager
def step(name: str) -> Iterator[Step]:
    """One line for one piece of work, with the time that it took (s) and the note that it left."""
    began = time.monotonic()
    current = Step()
    if sys.stdout.isatty():
        print(f"  … {name}", end="\r", flush=True)
    sign = "✗"
    try:
        yield current
        sign = "✓"
    finally:
        note = f"  ({current.note})" if current.note else ""
        line(f"  {sign} {name:<48}{time.monotonic() - began:7.1f} s{note}")
