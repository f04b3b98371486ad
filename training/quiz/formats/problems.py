"""What is wrong with a file of questions, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import Invalid, _


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: ``message`` is an English msgid that may hold ``%(name)s`` of ``fields``."""

    line: int
    message: str
    fields: Mapping[str, object] = field(default_factory=dict)


class BrokenFile(Invalid):
    """The file was refused as a whole; nothing of it was imported."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            "questions.broken_file",
            _("The file has mistakes (%(count)s). Nothing was imported; correct it and upload it again."),
            count=len(problems),
        )
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
