"""A session's feed ends when it is told to, whatever happens in that moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.layers import get_channel_layer
from pydantic import BaseModel

from conference import groups
from conference.feed import Feed
from conference.gathering import Told


class FailingPage:
    """Fails at the news that its seat is taken."""

    session_id, seat_id, operates, negotiated_ms = "s", "seat", False, 0

    def lost_seat(self, connection: str, page: str) -> None:
        raise RuntimeError("on its way out")

    def doubt(self, person: int) -> None: ...

    async def tell(self, message: BaseModel) -> None: ...

    async def hear(self, told: Told) -> None: ...

    def misses(self, seq: int) -> bool:
        return False

    async def renew(self) -> None: ...


@pytest.mark.parametrize("turns", range(6))
async def test_it_ends_though_a_page_fails_in_the_same_moment(turns: int) -> None:
    """``turns`` of the loop lie between the news and the end: in some of them the failure swallows the cancellation."""
    feed = Feed("s")
    feed.start()
    feed.add(FailingPage())
    await feed.listening()
    layer: Any = get_channel_layer()
    taken = {"type": groups.PUSH, "taken_seat": "seat", "taken_by": "connection", "taken_page": "page"}
    await layer.group_send(groups.session_group("s"), taken)
    for _ in range(turns):
        await asyncio.sleep(0)
    ending = asyncio.create_task(feed.aclose())
    done, _ = await asyncio.wait([ending], timeout=10)  # a timeout around it would be swallowed as well
    assert done == {ending}
