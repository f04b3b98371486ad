"""Where a recording is watched: told by the app that has the page, since the media app is below it."""

from __future__ import annotations

from collections.abc import Callable

from media.models import Recording

PageOf = Callable[[str], "str | None"]
"""From a session's public id to the address of the page on which its recording is watched, or None."""

_providers: list[PageOf] = []


def register(page_of: PageOf) -> None:
    """Ask ``page_of`` too; for ``AppConfig.ready`` of an app above."""
    if page_of not in _providers:
        _providers.append(page_of)


def page_of(recording: Recording) -> str | None:
    """The address of the recording's page; None where nobody has one."""
    return next((url for provider in _providers if (url := provider(recording.session)) is not None), None)
