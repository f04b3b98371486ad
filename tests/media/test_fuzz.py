"""A little of what ``python -m tests.fuzz`` does at length."""

from __future__ import annotations

import logging

import pytest
import structlog

from tests.fuzz.__main__ import fuzz, quiet
from tests.fuzz.targets import TARGETS

INPUTS = 2000


@pytest.mark.parametrize("name", TARGETS)
async def test_nothing_breaks_when_fed_with_what_nobody_would_send(name: str) -> None:
    before, level = structlog.get_config(), logging.getLogger("asyncio").level
    quiet()
    try:
        result = await fuzz(name, INPUTS, seed=57)
    finally:
        structlog.configure(**before)
        logging.getLogger("asyncio").setLevel(level)
    assert result.inputs == INPUTS
