"""The program: what everybody hears and sees. One small value, changed only here; the SFU, the pages, the recorder and the
minutes all follow it. Pure: time is an argument, nothing is read or sent.
"""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from conference.domain.floor import Floor, Request
from core.errors import Conflict, Invalid, _
from core.machine import Machine

MAX_VOICES = 3


class State(enum.StrEnum):
    """scheduled → open (lobby and checks) → live ⇄ break → ended."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    LIVE = "live"
    BREAK = "break"
    ENDED = "ended"


SESSION_MACHINE = Machine[State](
    code="session.wrong_state",
    transitions={
        State.SCHEDULED: {State.OPEN, State.LIVE},
        State.OPEN: {State.LIVE, State.ENDED},
        State.LIVE: {State.BREAK, State.ENDED},
        State.BREAK: {State.LIVE, State.ENDED},
        State.ENDED: set(),
    },
)


class ContentKind(enum.StrEnum):
    NONE = "none"
    DECK = "deck"
    SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class Content:
    """What stands beside the speaker: nothing, page ``page`` (1-based) of deck ``deck``, or the screen of ``seat``."""

    kind: ContentKind = ContentKind.NONE
    deck: str | None = None
    page: int | None = None
    pages: int | None = None
    seat: str | None = None
    """The seat that shows the screen, or that turns the pages."""


@dataclass(frozen=True, slots=True)
class Program:
    """Seats are public ids. ``presenter`` and ``chair`` keep their voices; ``pinned`` overrides who is on the main picture."""

    state: State = State.SCHEDULED
    chair: str | None = None
    presenter: str | None = None
    pinned: str | None = None
    floor: Floor = field(default_factory=Floor)
    content: Content = field(default_factory=Content)
    agenda_item: str | None = None
    agenda_since_ms: int | None = None
    agenda_done: tuple[str, ...] = ()
    """Items that ran and do not run now, the last one last."""
    started_ms: int | None = None
    ended_ms: int | None = None

    # What follows from it ---------------------------------------------------------------------------------------------
    @property
    def speaker(self) -> str | None:
        """Whose camera is on the main picture: the pinned seat, else the floor's holder, else the presenter, else the chair."""
        return self.pinned or self.floor.holder or self.presenter or self.chair

    @property
    def beside(self) -> tuple[str, ...]:
        """Who is pictured beside the speaker where there is room, as in a recording: the presenter, when another speaks."""
        if self.pinned or self.presenter is None or self.floor.holder in (None, self.presenter):
            return ()
        return (self.presenter,)

    @property
    def voices(self) -> tuple[str, ...]:
        """Who is heard, at most :data:`MAX_VOICES`: the floor's holder, the presenter, the chair. No floor, no voice."""
        if self.state not in (State.OPEN, State.LIVE):
            return ()
        seats = (self.floor.holder, self.presenter, self.chair)
        return tuple(dict.fromkeys(seat for seat in seats if seat))[:MAX_VOICES]

    @property
    def on_air(self) -> frozenset[str]:
        """Seats whose media may be forwarded: voices, the speaker, and whoever shares the screen."""
        shown = (*self.voices, self.speaker, self.content.seat if self.content.kind is ContentKind.SCREEN else None)
        return frozenset(seat for seat in shown if seat)

    # The session --------------------------------------------------------------------------------------------------------
    def to_state(self, state: State, *, at_ms: int) -> Program:
        """Move along :data:`SESSION_MACHINE`; the first start begins the clock, ending stops it and clears the floor."""
        SESSION_MACHINE.check(self.state, state)
        changed = replace(self, state=state)
        if state is State.LIVE and self.started_ms is None:
            changed = replace(changed, started_ms=at_ms)
        if state is State.ENDED:
            done = self._done_but(None)
            changed = replace(changed, floor=Floor(), content=Content(), pinned=None)
            changed = replace(changed, agenda_item=None, agenda_since_ms=None, agenda_done=done, ended_ms=at_ms)
        return changed

    def with_chair(self, seat: str | None) -> Program:
        """Who chairs now; like a presenter, a chair needs no floor."""
        return replace(self, chair=seat, floor=self.floor.without(seat))

    def with_presenter(self, seat: str | None) -> Program:
        """Who presents now; a presenter needs no floor, so that seat's floor and request are given back."""
        return replace(self, presenter=seat, floor=self.floor.without(seat))

    def pin(self, seat: str | None) -> Program:
        """Put ``seat`` on the main picture whatever the floor says; None follows the floor again."""
        return replace(self, pinned=seat)

    def start_item(self, item: str, *, at_ms: int, presenter: str | None) -> Program:
        """Agenda item ``item`` runs from now; ``presenter`` (None: unchanged) presents it."""
        self._running()
        changed = replace(self, agenda_item=item, agenda_since_ms=at_ms, agenda_done=self._done_but(item))
        return changed.with_presenter(presenter) if presenter else changed

    def _done_but(self, item: str | None) -> tuple[str, ...]:
        """What ran, with what runs now, without ``item``, which runs next."""
        ran = (*self.agenda_done, self.agenda_item)
        return tuple(dict.fromkeys(each for each in ran if each is not None and each != item))

    # The floor ------------------------------------------------------------------------------------------------------------
    def request_floor(self, seat: str, *, at_ms: int) -> Program:
        self._running()
        if seat in (self.presenter, self.chair):
            raise Conflict("floor.not_needed", _("The chair and the presenter can speak without asking for the floor."))
        return replace(self, floor=self.floor.request(seat, at_ms=at_ms))

    def withdraw_floor(self, seat: str) -> Program:
        return replace(self, floor=self.floor.withdraw(seat))

    def grant_floor(self, seat: str, *, at_ms: int) -> Program:
        self._running()
        if seat in (self.presenter, self.chair):
            raise Conflict("floor.not_needed", _("The chair and the presenter can speak without asking for the floor."))
        return replace(self, floor=self.floor.grant(seat, at_ms=at_ms), pinned=None)

    def yield_floor(self, seat: str) -> Program:
        return replace(self, floor=self.floor.yield_(seat))

    def recall_floor(self) -> Program:
        return replace(self, floor=self.floor.recall())

    def move_request(self, seat: str, *, to: int) -> Program:
        return replace(self, floor=self.floor.move(seat, to=to))

    # Content ----------------------------------------------------------------------------------------------------------------
    def show_deck(self, deck: str, *, pages: int, page: int, seat: str) -> Program:
        """Show page ``page`` (1..pages) of ``deck``; also how pages are turned."""
        self._not_ended()
        if not 1 <= page <= pages:
            raise Invalid("content.no_such_page", _("The deck has no page %(page)s; it has %(pages)s."), page=page, pages=pages)
        return replace(self, content=Content(ContentKind.DECK, deck=deck, page=page, pages=pages, seat=seat))

    def show_screen(self, seat: str) -> Program:
        self._not_ended()
        return replace(self, content=Content(ContentKind.SCREEN, seat=seat))

    def clear_content(self) -> Program:
        return replace(self, content=Content())

    def without_screen_of(self, seat: str) -> Program:
        """The seat's page is gone: a screen that it shared goes; its floor and place in the queue stay."""
        gone = self.content.kind is ContentKind.SCREEN and self.content.seat == seat
        return replace(self, content=Content()) if gone else self

    def without(self, seat: str) -> Program:
        """The seat said goodbye: its floor, its request, its screen and its pin go; what it presents or chairs stays its own."""
        changed = replace(self, floor=self.floor.without(seat)).without_screen_of(seat)
        return replace(changed, pinned=None) if changed.pinned == seat else changed

    def without_part_of(self, seat: str) -> Program:
        """Nobody may speak from the seat any more: what it presents or chairs goes as well."""
        changed = self.without(seat)
        chair = None if self.chair == seat else self.chair
        return replace(changed, chair=chair, presenter=None if self.presenter == seat else self.presenter)

    def _running(self) -> None:
        if self.state not in (State.OPEN, State.LIVE, State.BREAK):
            raise Conflict("session.not_running", _("The session is not running now."))

    def _not_ended(self) -> None:
        if self.state is State.ENDED:
            raise Conflict("session.ended", _("The session has ended."))

    # Storage ----------------------------------------------------------------------------------------------------------------
    def dump(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`load` is the inverse."""
        return asdict(self)

    @classmethod
    def load(cls, data: dict[str, Any]) -> Program:
        """The program that :meth:`dump` wrote; an empty dict is a new program."""
        if not data:
            return cls()
        floor, content = data["floor"], data["content"]
        return cls(
            **{
                **data,
                "state": State(data["state"]),
                "agenda_done": tuple(data.get("agenda_done", ())),
                "floor": Floor(
                    holder=floor["holder"],
                    since_ms=floor["since_ms"],
                    queue=tuple(Request(**request) for request in floor["queue"]),
                ),
                "content": Content(**{**content, "kind": ContentKind(content["kind"])}),
            }
        )
