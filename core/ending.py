"""Ending asyncio tasks."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_S = 0.5


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel the tasks; they are over when this returns, and what they raised is left to their owners.

    A cancellation can get lost on its way: a TaskGroup whose children fail in the same moment raises those errors instead, and
    who catches them goes on. It is therefore said again every :data:`AGAIN_S`. Being cancelled itself ends the waiting.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)
