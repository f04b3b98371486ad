"""The operators' page: how the machines that carry the sessions do."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conference import operations
from core.clock import now
from media.health import answers
from people.access import requires
from people.permissions import Action


@requires(Action.PLATFORM_OPERATE)
async def page(request: HttpRequest) -> HttpResponse:
    """Nodes, sessions, recordings and waiting work. Asks for itself anew every 2 s."""
    at = now()
    # In threads of their own: a node that does not answer must not hold up the one thread that has the database.
    silent = await sync_to_async(operations.unheard)(at)
    answering = {
        address
        for address, answered in zip(
            silent, await asyncio.gather(*(asyncio.to_thread(answers, address) for address in silent)), strict=True
        )
        if answered
    }
    context = {"overview": await sync_to_async(operations.overview)(at, answering), "at": at}
    return await sync_to_async(render)(request, "conference/operations.html", context)
