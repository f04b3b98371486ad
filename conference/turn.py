"""Credentials for the TURN server, for pages whose network lets no UDP out."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta

from django.conf import settings

from conference.protocol import IceServer

VALID = timedelta(hours=24)
"""Longer than any session: a connection that is made anew in the evening still has those of the morning."""


def ice_servers(seat_id: str, now: datetime) -> list[IceServer]:
    """The servers of ``DIEMCAU_TURN_URLS`` with a user name that expires; none where there are none, or no secret.

    The TURN server shares the secret and keeps no accounts (coturn's ``use-auth-secret``; draft-uberti-behave-turn-rest-00).
    """
    if not settings.TURN_URLS or not settings.TURN_SECRET:
        return []
    username, credential = time_limited(settings.TURN_SECRET, seat_id, now)
    return [IceServer(urls=list(settings.TURN_URLS), username=username, credential=credential)]


def time_limited(secret: str, name: str, now: datetime) -> tuple[str, str]:
    """User name and password for :data:`VALID` from now: ``expiry:name`` and its HMAC-SHA1, in base64."""
    username = f"{int((now + VALID).timestamp())}:{name}"
    digest = hmac.new(secret.encode(), username.encode(), "sha1").digest()
    return username, base64.b64encode(digest).decode()
