"""What all tests share: marks by folder, files of their own, and one running product for the browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import TransactionTestCase
from pytest_django import Settings

from tests import TESTS
from tests.support.emptying import empty_what_was_filled
from tests.support.product import Product, running
from tests.support.seed import planted

_MARKS = {
    "browser": ("browser/",),
    "media": ("media/",),
    "services": ("integration/", "realtime/"),
    "alone": (
        "integration/command/",
        "realtime/test_cluster.py",
        "media/test_whip.py",
        "media/test_recording_faults.py",
        "media/sfu/test_chromium.py",
        "network/",
    ),
}
"""Marks that every test below one of these paths gets."""
_UNMARKED = {
    "services": ("integration/command/test_supervisor.py", "integration/command/test_web.py", "integration/test_broker.py")
}
"""But for these: they start processes that know of no database and no Redis."""

TransactionTestCase._fixture_teardown = empty_what_was_filled  # type: ignore[attr-defined]  # the stubs leave it out


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(TESTS).as_posix() if item.path.is_relative_to(TESTS) else ""
        for mark, below in _MARKS.items():
            if path.startswith(below) and not path.startswith(_UNMARKED.get(mark, ())):
                item.add_marker(mark)


@pytest.fixture
def data_dir(tmp_path: Path, settings: Settings) -> Path:
    """A data folder for this test alone: uploads, captures and recordings of other tests are not in it."""
    folder = tmp_path / "data"
    for name in ("run", "uploads", "captures", "recordings"):
        (folder / name).mkdir(parents=True)
    settings.DATA_DIR = folder
    settings.MEDIA_ROOT = folder / "uploads"
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the Chromium that the browser tests drive; for ``executable_path``."""
    for candidate in (os.environ.get("DIEMCAU_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if candidate and (found := shutil.which(candidate)):
            return found
    pytest.fail("no Chromium: apt-get install chromium")


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product with its demo data, started once for all tests that ask for it."""
    with running(planted(tmp_path_factory.mktemp("product"))) as running_product:
        yield running_product


@pytest.fixture(autouse=True)
def _nobody_was_counted() -> None:
    """What was counted against an address or a person in another test (rate limits) counts no more; where numbers are given again
    they would be another's. Redis is left alone: others keep their things there, and PostgreSQL gives no number twice."""
    if settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        cache.clear()
