"""The floor: who may speak from a site, and who waits for it in which order. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from core.errors import Conflict, _


@dataclass(frozen=True, slots=True)
class Request:
    """A seat that asked to speak at ``at_ms`` (wall, ms)."""

    seat: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Floor:
    """At most one holder; a queue in order of asking, which the chair may override by granting anyone in it or outside it."""

    holder: str | None = None
    since_ms: int | None = None
    queue: tuple[Request, ...] = field(default=())

    def waits(self, seat: str) -> bool:
        return any(request.seat == seat for request in self.queue)

    def request(self, seat: str, *, at_ms: int) -> Floor:
        """``seat`` joins the end of the queue. Conflict if it holds the floor or waits already."""
        if self.holder == seat:
            raise Conflict("floor.already_holder", _("You have the floor already."))
        if self.waits(seat):
            raise Conflict("floor.already_waiting", _("Your request to speak is already in the queue."))
        return replace(self, queue=(*self.queue, Request(seat, at_ms)))

    def withdraw(self, seat: str) -> Floor:
        """``seat`` leaves the queue. Conflict if it does not wait."""
        if not self.waits(seat):
            raise Conflict("floor.not_in_queue", _("This request to speak is no longer in the queue."))
        return replace(self, queue=tuple(r for r in self.queue if r.seat != seat))

    def grant(self, seat: str, *, at_ms: int) -> Floor:
        """``seat`` becomes the holder, from the queue or invited directly; a previous holder loses the floor."""
        if self.holder == seat:
            raise Conflict("floor.already_holder", _("This participant has the floor already."))
        return Floor(holder=seat, since_ms=at_ms, queue=tuple(r for r in self.queue if r.seat != seat))

    def yield_(self, seat: str) -> Floor:
        """The holder gives the floor back. Conflict if ``seat`` does not hold it."""
        if self.holder != seat:
            raise Conflict("floor.not_holder", _("You do not have the floor."))
        return replace(self, holder=None, since_ms=None)

    def recall(self) -> Floor:
        """The chair takes the floor back. Conflict if nobody holds it."""
        if self.holder is None:
            raise Conflict("floor.nobody", _("Nobody has the floor."))
        return replace(self, holder=None, since_ms=None)

    def move(self, seat: str, *, to: int) -> Floor:
        """Place ``seat`` at index ``to`` (0 = next; clamped) of the queue. Conflict if it does not wait."""
        moved = next((r for r in self.queue if r.seat == seat), None)
        if moved is None:
            raise Conflict("floor.not_in_queue", _("This request to speak is no longer in the queue."))
        rest = [r for r in self.queue if r.seat != seat]
        rest.insert(max(0, min(to, len(rest))), moved)
        return replace(self, queue=tuple(rest))

    def without(self, seat: str | None) -> Floor:
        """The floor after ``seat`` has nothing to do with it any more; unchanged where it had not."""
        if seat is None or (self.holder != seat and not self.waits(seat)):
            return self
        held = self.holder == seat
        return Floor(
            holder=None if held else self.holder,
            since_ms=None if held else self.since_ms,
            queue=tuple(r for r in self.queue if r.seat != seat),
        )
