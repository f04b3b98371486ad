"""How often one address may ask for what is open to all: counted in the cache for a minute, under a digest of it."""

from __future__ import annotations

import time

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from core.errors import TooMany, _

PAGES, FILES = 120, 2400
"""Most requests of one address a minute: a whole office may share one; a file comes in pieces of 1 MiB."""
_WINDOW_S = 60


class TooOften(TooMany):
    """Of people without an account here."""

    to_strangers = True


def admit(request: HttpRequest, what: str, most: int) -> None:
    """Count this request. Raises TooMany over ``most`` a minute."""
    who = salted_hmac("media.clips.limits", request.META.get("REMOTE_ADDR", "")).hexdigest()[:24]
    key = f"clips:{what}:{who}:{int(time.time()) // _WINDOW_S}"
    cache.add(key, 0, timeout=2 * _WINDOW_S)
    try:
        count = cache.incr(key)
    except ValueError:  # dropped between the two
        return
    if count > most:
        raise TooOften("clip.too_often", _("Too many requests came from this network. Try again in a minute."))
