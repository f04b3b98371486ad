"""Where sessions are placed on media nodes, as the database has it: what all web processes agree upon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from core.clock import now
from media.client import NodeClient
from media.cluster.cluster import POLL_S, Cluster
from media.models import MediaNode, Placement

FORGOTTEN = dt.timedelta(days=2)
"""A placement this old is of a session that was left without being ended."""

P = ParamSpec("P")
R = TypeVar("R")


def make_plane() -> Cluster:
    """The media plane of the nodes that are configured."""
    token = settings.MEDIA_NODE_TOKEN or None
    return Cluster(
        {address: NodeClient(address, token=token) for address in settings.MEDIA_NODES},
        DatabasePlacements(),
        share=settings.MEDIA_NODE_SHARE,
    )


class DatabasePlacements:
    """See :class:`media.cluster.placements.Placements`."""

    async def home(self, session: str, nodes: Collection[str], otherwise: str | None) -> str | None:
        return await _run(_home, session, set(nodes), otherwise)

    async def edges(self, session: str) -> frozenset[str]:
        return await _run(_edges, session)

    async def add_edge(self, session: str, node: str) -> None:
        await _run(_add_edge, session, node)

    async def end(self, session: str) -> None:
        await _run(_end, session)

    async def on(self, node: str) -> frozenset[str]:
        return await _run(_on, node)

    async def replace(self, dead: str, by: str) -> None:
        await _run(_replace, dead, by)

    async def heard(self, node: str, boot: str, started_ms: int, figures: Mapping[str, float]) -> None:
        await _run(_heard, node, boot, started_ms, dict(figures))

    async def silent_s(self) -> dict[str, float]:
        return await _run(_silent_s)


async def _run(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    result: R = await database_sync_to_async(work)(*args, **kwargs)
    return result


def _home(session: str, nodes: set[str], otherwise: str | None) -> str | None:
    placed = Placement.objects.filter(session=session, home=True).select_related("node").first()
    if placed is not None and placed.node.address in nodes:
        return placed.node.address
    if otherwise is None:
        return None
    try:
        with transaction.atomic():
            if placed is not None:
                placed.delete()
            Placement.objects.filter(session=session, node__address=otherwise).delete()
            Placement.objects.create(session=session, node=_node(otherwise), home=True)
    except IntegrityError:  # another process was faster
        return Placement.objects.filter(session=session, home=True).values_list("node__address", flat=True).first() or otherwise
    return otherwise


def _edges(session: str) -> frozenset[str]:
    return frozenset(Placement.objects.filter(session=session, home=False).values_list("node__address", flat=True))


def _add_edge(session: str, node: str) -> None:
    Placement.objects.get_or_create(session=session, node=_node(node), defaults={"home": False})


def _end(session: str) -> None:
    old = Q(placed_at__lt=now() - FORGOTTEN)
    Placement.objects.filter(Q(session=session) | old).delete()


def _on(node: str) -> frozenset[str]:
    return frozenset(Placement.objects.filter(node__address=node).values_list("session", flat=True))


def _replace(dead: str, by: str) -> None:
    with transaction.atomic():
        lost = Placement.objects.select_for_update().filter(node__address=dead)
        homeless = list(lost.filter(home=True).values_list("session", flat=True))
        lost.delete()
        Placement.objects.filter(session__in=homeless, node__address=by).delete()
        Placement.objects.bulk_create(Placement(session=session, node=_node(by), home=True) for session in homeless)


def _heard(node: str, boot: str, started_ms: int, figures: dict[str, float]) -> None:
    at = now()
    started = dt.datetime.fromtimestamp(started_ms / 1000, dt.UTC)
    values = {"boot": boot, "started_at": started, "seen_at": at, "figures": figures}
    # Several processes ask the same node; one of them need say so.
    due = Q(seen_at=None) | Q(seen_at__lt=at - dt.timedelta(seconds=POLL_S / 2))
    if not MediaNode.objects.filter(due, address=node).update(**values):
        MediaNode.objects.get_or_create(address=node, defaults=values)


def _silent_s() -> dict[str, float]:
    at = now()
    seen = MediaNode.objects.filter(seen_at__isnull=False).values_list("address", "seen_at")
    return {address: (at - when).total_seconds() for address, when in seen if when is not None}


def _node(address: str) -> MediaNode:
    return MediaNode.objects.get_or_create(address=address)[0]
