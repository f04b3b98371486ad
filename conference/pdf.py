"""Reading a deck: is it a PDF that can be shown, and its pages as images. No Django.

What reads the file is a process of its own with bounds (:mod:`conference.pdf_child`): a page that never ends or wants all memory
costs a deck, not the server.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from core.errors import Invalid, _

MAX_BYTES = 60 * 1024 * 1024
MAX_PAGES = 400
_HEADER_WITHIN = 1024  # where readers look for the header (ISO 32000-1, annex H.3, note 13)

ANSWER_LIMIT_S = 30.0
"""How long opening the file, or one page, may take."""
_MAX_ANSWER_BYTES = 1 << 20
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page: ``width`` and ``height`` in pixels, the text that can be selected in it."""

    number: int
    width: int
    height: int
    text: str


def check(source: Path | bytes) -> int:
    """Number of pages of a PDF that can be shown.

    Raises Invalid: ``deck.empty``, ``deck.too_large``, ``deck.not_pdf``, ``deck.encrypted``, ``deck.broken``,
    ``deck.too_many_pages``.
    """
    head, size = _head(source)
    if size == 0:
        raise Invalid("deck.empty", _("The file is empty. Look at it on your computer, then choose it again."))
    if size > MAX_BYTES:
        refuse_size()
    if b"%PDF-" not in head:
        raise Invalid("deck.not_pdf", _("This is not a PDF file. Export the slides as PDF, then choose that file."))
    with _as_file(source) as path, opened(path) as document:
        count = document.count
    if count == 0:
        raise _broken()
    if count > MAX_PAGES:
        raise Invalid(
            "deck.too_many_pages", _("The deck has %(count)s pages; at most %(most)s are possible."), count=count, most=MAX_PAGES
        )
    return count


def refuse_size() -> NoReturn:
    """Raises Invalid ``deck.too_large``."""
    raise Invalid("deck.too_large", _("The file is too large: at most %(mb)s MB."), mb=MAX_BYTES // (1024 * 1024))


class Document:
    """An open PDF; from :func:`opened`."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self.count = int(self._answer()["count"])

    def render(self, number: int, target: Path) -> Page:
        """Write page ``number`` (1-based) as PNG to ``target``, at most 1920 × 2160 px.

        Raises Invalid ``deck.broken``, also where the page needs more time or memory than it may have; OSError where ``target``
        cannot be written.
        """
        order = json.dumps({"page": number, "target": str(target.resolve())}) + "\n"
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(order.encode())
            self._child.stdin.flush()
        except BrokenPipeError:
            raise _broken() from None
        page = self._answer()
        return Page(number, page["width"], page["height"], page["text"])

    def _answer(self) -> dict[str, Any]:
        """The child's next line. It may never come, or never end."""
        assert self._child.stdout is not None
        handle, deadline, line = self._child.stdout.fileno(), time.monotonic() + ANSWER_LIMIT_S, b""
        while not line.endswith(b"\n"):
            ready, _writable, _odd = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(handle, 65_536) if ready else b""
            if not chunk or len(line) > _MAX_ANSWER_BYTES:
                raise _broken()
            line += chunk
        answer: dict[str, Any] = json.loads(line)
        if answer.get("error") == "encrypted":
            raise Invalid("deck.encrypted", _("The PDF is locked with a password. Save it without one."))
        if answer.get("error") == "disk":
            raise OSError(answer["errno"], os.strerror(answer["errno"]))
        if "error" in answer:
            raise _broken()
        return answer


@contextmanager
def opened(source: Path) -> Iterator[Document]:
    """The PDF at ``source`` for as long as the block lasts. Raises Invalid ``deck.encrypted`` or ``deck.broken``."""
    child = subprocess.Popen(
        [sys.executable, "-m", "conference.pdf_child", str(source.resolve())],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with child:
        try:
            yield Document(child)
        finally:
            child.kill()


@contextmanager
def _as_file(source: Path | bytes) -> Iterator[Path]:
    if isinstance(source, Path):
        yield source
        return
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(source)
        file.flush()
        yield Path(file.name)


def _broken() -> Invalid:
    return Invalid("deck.broken", _("The PDF is damaged and cannot be opened. Export it again, then choose the new file."))


def _head(source: Path | bytes) -> tuple[bytes, int]:
    if isinstance(source, bytes):
        return source[:_HEADER_WITHIN], len(source)
    with source.open("rb") as file:
        return file.read(_HEADER_WITHIN), source.stat().st_size
