"""``python -m deploy.command.declared``: every view and every command of the protocol says which action it needs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args

import django

THIRD_PARTY = ("allauth.", "django.")
"""Packages whose views guard themselves: signing in and out, changing the language."""


def views() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every address of the site (as Django writes the pattern) with its view."""
    from django.urls import URLPattern, URLResolver, get_resolver

    def below(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        for pattern in resolver.url_patterns:
            address = f"{prefix}{pattern.pattern}"
            if isinstance(pattern, URLResolver):
                yield from below(pattern, address)
            elif isinstance(pattern, URLPattern):
                yield address, pattern.callback

    yield from below(get_resolver(), "/")


def undeclared_views() -> list[str]:
    from people.access import UNDECLARED, declared_action

    found = []
    for address, view in views():
        owner = getattr(view, "view_class", view).__module__
        if declared_action(view) is UNDECLARED and not owner.startswith(THIRD_PARTY):
            found.append(f"{address}: {owner}.{getattr(view, '__name__', view)} declares no action (people.access)")
    return found


def undeclared_commands() -> list[str]:
    """Commands of the protocol without an entry in the registry (which says their action), and entries for none."""
    from conference.commands import COMMANDS
    from conference.protocol import Command

    known = {get_args(member.model_fields["type"].annotation)[0] for member in get_args(get_args(Command)[0])}
    return [
        *(f"{name}: a command of conference.protocol without an entry in conference.commands" for name in known - set(COMMANDS)),
        *(f"{name}: an entry in conference.commands for no command" for name in set(COMMANDS) - known),
    ]


def main() -> int:
    django.setup()
    found = undeclared_views() + undeclared_commands()
    print("\n".join(found) if found else f"{sum(1 for _ in views())} addresses, all declared")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
