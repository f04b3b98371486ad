"""Skip what is done: a stamp is the hash of a step's inputs, written when the step has succeeded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from deploy.command.places import CACHE

_SKIPPED = {"node_modules", "dist", "dist.new", "dist.old", "__pycache__", ".vite"}


def files_under(folder: Path) -> list[Path]:
    """All files below a folder, sorted, without what is built or downloaded."""
    found: list[Path] = []
    for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
        if entry.is_dir() and not entry.is_symlink():
            found += files_under(entry) if entry.name not in _SKIPPED else []
        elif entry.is_file():
            found.append(entry)
    return found


def digest(paths: Iterable[Path], *more: str) -> str:
    """Hash of the names and contents of ``paths`` (absent ones count as absent) and of ``more``."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"\0{path}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"absent")
    for text in more:
        total.update(f"\0{text}".encode())
    return total.hexdigest()


class Stamp:
    """The stamp of one step. ``folder`` is where it lives: the cache, or a data folder for what was done to that folder."""

    def __init__(self, name: str, value: str, folder: Path = CACHE / "stamps") -> None:
        self._path = folder / name
        self._value = value

    def is_current(self, *products: Path) -> bool:
        """Whether the step was done on these inputs and its products are still there."""
        try:
            return self._path.read_text().strip() == self._value and all(product.exists() for product in products)
        except OSError:
            return False

    def write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".{self._path.name}.new")
        temporary.write_text(self._value + "\n")
        temporary.replace(self._path)
