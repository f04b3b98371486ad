"""Where an attempt at a job writes, and how its result takes its place: whole, or not at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

_ATTEMPT = re.compile(r"\.[a-z0-9-]+\.([A-Za-z0-9]+)\.part")


@contextmanager
def attempt(folder: Path, name: str, lease: str) -> Iterator[Path]:
    """An empty folder for this attempt alone, so that a lost one never writes into another's; gone afterwards."""
    for left in folder.glob(f".{name}.*.part"):
        shutil.rmtree(left, ignore_errors=True)
    temporary = folder / f".{name}.{lease}.part"
    try:
        temporary.mkdir(parents=True)
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def attempts_left(folder: Path) -> list[tuple[Path, str]]:
    """The folders of attempts that are there, with their leases."""
    found = [(path, _ATTEMPT.fullmatch(path.name)) for path in folder.glob(".*.part")]
    return [(path, match[1]) for path, match in found if match]


def discard(left: Collection[tuple[Path, str]], living: Collection[str]) -> None:
    """Remove the folders of attempts whose lease is not among the ``living``."""
    for path, lease in left:
        if lease not in living:
            shutil.rmtree(path, ignore_errors=True)


def replace(new: Path, old: Path) -> None:
    """``new`` takes the place of ``old``, also where both are folders (which cannot be done in one step)."""
    aside = old.with_name(f".{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)  # of one who was killed between the steps
    if old.is_dir():
        old.rename(aside)
        new.rename(old)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        new.replace(old)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
