"""What browser tests share: one Chromium a file, and pictures of pages, kept for people to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsers import Browsers, browsers

OUTPUT = Path(__file__).parent / "output"


class Album:
    """A folder of pictures."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str, *, whole: bool = False) -> None:
        """A picture of what ``page`` shows (``whole``: with what one has to scroll to) as ``name``.png."""
        page.screenshot(path=self._folder / f"{name}.png", full_page=whole, animations="disabled")


@pytest.fixture(scope="session")
def album() -> Album:
    """``DIEMCAU_PICTURES`` names the folder; by default one that is not committed."""
    return Album(Path(os.environ.get("DIEMCAU_PICTURES", OUTPUT)))


@pytest.fixture(scope="module")
def opened(chromium: str) -> Iterator[Browsers]:
    with browsers(chromium) as found:
        yield found


@pytest.fixture(scope="module")
def browser(opened: Browsers) -> Browser:
    return opened.open()
