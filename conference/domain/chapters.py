"""Chapters of a session, read off the history of its program: agenda items, breaks, who spoke, which page was shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from conference.domain.program import ContentKind, Program, State

Kind = Literal["agenda", "speaker", "break", "slide"]
SHORTEST_SLIDE_MS = 1_000
"""A page that was shown for less was only turned over."""


@dataclass(frozen=True, slots=True)
class Step:
    """The program as it became at ``at_ms`` (wall)."""

    at_ms: int
    program: Program


@dataclass(frozen=True, slots=True)
class Chapter:
    """Something began at ``at_ms`` (wall); ``title`` names it. A slide's ``ref`` is :func:`slide_ref`; a slide without title and
    ref says that from now on none is shown."""

    at_ms: int
    title: str
    kind: Kind
    ref: str = ""


@dataclass(frozen=True)
class Names:
    """What ids stand for; what has no name makes no chapter. ``pause`` is the title of a break."""

    items: Mapping[str, str]
    seats: Mapping[str, str]
    decks: Mapping[str, str]
    pause: str


def slide_ref(deck: str, page: int) -> str:
    """What names page ``page`` (1-based) of a deck."""
    return f"{deck}/{page}"


def chapters_of(steps: Iterable[Step], names: Names) -> list[Chapter]:
    """Chapters in the order of time, of the time while the session was live (before it, nothing is recorded). What holds already
    when the session goes live begins there."""
    found: list[Chapter] = []
    before = Program()
    for step in steps:
        now = step.program
        if now.state in (State.LIVE, State.BREAK):
            was = before if before.state in (State.LIVE, State.BREAK) else Program()
            found += _begun(step.at_ms, was, now, names)
        before = now
    return _without_turned_over(found)


def _without_turned_over(found: list[Chapter]) -> list[Chapter]:
    slides = [chapter for chapter in found if chapter.kind == "slide"]
    short = {one for one, following in pairwise(slides) if following.at_ms - one.at_ms < SHORTEST_SLIDE_MS}
    return [chapter for chapter in found if chapter not in short]


def _begun(at_ms: int, was: Program, now: Program, names: Names) -> Iterable[Chapter]:
    if now.state is State.BREAK and was.state is not State.BREAK:
        yield Chapter(at_ms, names.pause, "break")
    resumed = was.state is State.BREAK and now.state is State.LIVE  # or the break would last to the next item
    if now.agenda_item and (resumed or (now.agenda_item, now.agenda_since_ms) != (was.agenda_item, was.agenda_since_ms)):
        yield from _named(at_ms, names.items, now.agenda_item, "agenda")
    if now.floor.holder and (now.floor.holder, now.floor.since_ms) != (was.floor.holder, was.floor.since_ms):
        yield from _named(at_ms, names.seats, now.floor.holder, "speaker")
    slide = _slide(now, names)
    if slide != _slide(was, names):
        title, ref = slide or ("", "")
        yield Chapter(at_ms, title, "slide", ref)


def _slide(program: Program, names: Names) -> tuple[str, str] | None:
    """Title and ref of the page that is shown; nothing is shown during a break."""
    content = program.content
    if program.state is State.BREAK or content.kind is not ContentKind.DECK or not content.deck or not content.page:
        return None
    return (names.decks[content.deck], slide_ref(content.deck, content.page)) if content.deck in names.decks else None


def _named(at_ms: int, names: Mapping[str, str], key: str, kind: Kind) -> Iterable[Chapter]:
    if key in names:
        yield Chapter(at_ms, names[key], kind)
