"""State machines as tables: which state may follow which, and one clear error for what may not."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.errors import Conflict, _

S = TypeVar("S", bound=str)


@dataclass(frozen=True)
class Machine(Generic[S]):
    """``transitions[a]`` are the states that may follow ``a``. ``code`` names the error of a forbidden step."""

    code: str
    transitions: Mapping[S, AbstractSet[S]]

    def allows(self, old: S, new: S) -> bool:
        return new in self.transitions[old]

    def check(self, old: S, new: S) -> None:
        """Raises Conflict with :attr:`code` unless ``new`` may follow ``old``."""
        if self.allows(old, new):
            return
        text = _("This step is not possible any more: something has changed meanwhile. Load the page again.")
        fields: dict[str, str] = {}
        if (label := getattr(old, "label", None)) is not None:  # what a table holds has words, in the language of who is told
            text, fields = (
                _("This step is not possible now: the state is “%(state)s”. Perhaps somebody was faster. Load the page again."),
                {"state": str(label)},
            )
        raise Conflict(self.code, text, old=str(old), new=str(new), **fields)

    def sources(self, new: S) -> list[S]:
        """States from which ``new`` may be reached: what a conditional UPDATE filters by."""
        return [old for old, targets in self.transitions.items() if new in targets]
