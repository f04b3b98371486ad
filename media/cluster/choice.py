"""Where a session and its viewers go. Pure: all that it knows is who is busy with how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping

Loads = Mapping[str, int]
"""Connections of each living node, by address."""


def choose_home(loads: Loads) -> str | None:
    """The least busy node; of equals the first by address. None where none lives."""
    return min(loads, key=lambda address: (loads[address], address), default=None)


def choose_for_viewer(loads: Loads, home: str, edges: Collection[str], share: int) -> str:
    """The node on which a session's next viewer sits.

    The home up to ``share`` connections: there a viewer costs nothing beyond itself. Then the edges that have the session
    already, then any other node, each up to its share; when all are full, whoever is least busy.
    """
    for group in ([home], [edge for edge in edges if edge != home], loads):
        free = {address: loads[address] for address in group if address in loads and loads[address] < share}
        chosen = choose_home(free)
        if chosen is not None:
            return chosen
    return choose_home(loads) or home
