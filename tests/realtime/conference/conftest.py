"""Realtime tests run the whole ASGI application with a fake media plane, without anything that goes by the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from conference import live
from conference.database import in_database
from people.models import User
from tests.factories.conference import Cast, make_cast
from tests.support.pages import Page, open_page, sign_in
from tests.support.plane import FakePlane


@pytest_asyncio.fixture
async def plane() -> AsyncIterator[FakePlane]:
    """The media plane of this test's process."""
    fake = FakePlane()
    running = live.Live(fake, tick_s=None)
    live.use(running)
    yield fake
    await running.aclose()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


class Stage:
    """Opens pages of a session and closes what is left of them."""

    def __init__(self, cast: Cast, plane: FakePlane) -> None:
        self.cast = cast
        self.plane = plane
        self.session_id = cast.session.public_id
        self._pages: list[Page] = []

    def keep(self, page: Page) -> Page:
        self._pages.append(page)
        return page

    async def open(self, who: object, **fields: object) -> Page:
        return self.keep(await open_page(self.session_id, who, **fields))  # type: ignore[arg-type]

    async def come(self, who: User) -> Page:
        """A tab of somebody that has not said hello yet."""
        page = self.keep(Page(self.session_id, await in_database(sign_in, who)))
        await page.connect()
        return page

    async def aclose(self) -> None:
        for page in self._pages:
            await page.close()


@pytest_asyncio.fixture
async def stage(cast: Cast, plane: FakePlane) -> AsyncIterator[Stage]:
    stage = Stage(cast, plane)
    yield stage
    await stage.aclose()
