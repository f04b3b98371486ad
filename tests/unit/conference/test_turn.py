"""Credentials for the TURN server."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from django.test import override_settings

from conference import turn

MORNING = datetime(2026, 11, 22, 1, tzinfo=UTC)
URLS = ["turn:turn.example:3478?transport=tcp"]


def test_credentials_are_what_the_server_computes_and_expire() -> None:
    with override_settings(TURN_URLS=URLS, TURN_SECRET="north"):  # noqa: S106
        (server,) = turn.ice_servers("seat1", MORNING)
    expiry, _, name = server.username.partition(":")
    assert server.urls == URLS
    assert int(expiry) == int((MORNING + turn.VALID).timestamp())
    assert name == "seat1"
    assert base64.b64decode(server.credential) == hmac.digest(b"north", server.username.encode(), hashlib.sha1)


def test_no_servers_are_named_where_there_are_none() -> None:
    for urls, secret in ((URLS, ""), ([], "north"), ([], "")):
        with override_settings(TURN_URLS=urls, TURN_SECRET=secret):
            assert turn.ice_servers("seat1", MORNING) == []
