"""Sound and picture on a bad network: real Chromium in a network namespace of its own, the product's own connections.

A busy machine loses frames and sound by itself, so these tests ask for less than the measurements in docs/networks.md show.
"""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from benchmarks.networks import cases
from benchmarks.networks.cases import Case, Result
from benchmarks.networks.stage import stage
from benchmarks.parts.host import NotHere

pytestmark = pytest.mark.browser


def play(case: Case, folder: Path) -> Result:
    """One case; skips the test where the machine does not allow it."""

    async def on_stage() -> Result:
        async with stage(folder, hurried=True) as ready:
            return await case.play(ready)

    try:
        return asyncio.run(on_stage())
    except NotHere as reason:
        pytest.skip(str(reason))


def test_sound_and_picture_go_on_when_each_tenth_packet_is_lost_both_ways(tmp_path: Path) -> None:
    loss = {"loss": 0.1}
    seen = play(cases.lossy("10 % both ways", down=loss, up=loss, seconds=6), tmp_path).seen
    assert seen is not None
    assert seen.frozen < 0.9, "the picture was paused"
    assert seen.concealed < 0.1


def test_address_changes_without_a_new_negotiation(tmp_path: Path) -> None:
    result = play(Case("address", cases.moved), tmp_path)
    assert result.back_s is not None
    assert math.isfinite(result.back_s)
    assert result.negotiations == 0


def test_picture_and_sound_come_back_after_a_cut(tmp_path: Path) -> None:
    result = play(Case("cut", lambda ready: cases.cut(ready, 4.0)), tmp_path)
    assert result.back_s is not None
    assert math.isfinite(result.back_s)
