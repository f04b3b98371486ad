"""What a cluster must have in common with those of other web processes: kept in the database, see :mod:`media.placement`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class Placements(Protocol):
    """Who lives where. Nodes are named by their control address."""

    async def home(self, session: str, nodes: Collection[str], otherwise: str | None) -> str | None:
        """The session's home. Where it has none, or one that is not among ``nodes``, ``otherwise`` becomes it."""

    async def edges(self, session: str) -> frozenset[str]:
        """The nodes that have viewers of the session beside its home."""

    async def add_edge(self, session: str, node: str) -> None:
        """The node has viewers of the session from now on; does nothing where it is its home."""

    async def end(self, session: str) -> None:
        """The session is over: it is nowhere any more."""

    async def on(self, node: str) -> frozenset[str]:
        """The sessions that the node is home or edge of."""

    async def replace(self, dead: str, by: str) -> None:
        """Another node is the home of what lived on ``dead``, which is nobody's edge any more. Safe to do twice at once."""

    async def heard(self, node: str, boot: str, started_ms: int, figures: Mapping[str, float]) -> None:
        """The node answers, and says this of itself."""

    async def silent_s(self) -> dict[str, float]:
        """For how long each node has not been heard by anybody, in seconds; those never heard are left out."""
