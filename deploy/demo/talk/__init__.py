"""The demonstration talk: eight slides, read aloud by a speech synthesiser, with a drawn speaker. Labelled as synthetic.

``slides.pdf``, ``talk.ogg``, ``talk.webm`` and ``timing.json`` are committed;
``python -m deploy.demo.talk.build`` makes them anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
SLIDES, SOUND, PICTURE, TIMING = (FOLDER / name for name in ("slides.pdf", "talk.ogg", "talk.webm", "timing.json"))


@dataclass(frozen=True, slots=True)
class Cue:
    """Slide ``page`` (1-based) is shown from ``start_ms`` until ``end_ms`` of the talk, while ``text`` is read."""

    page: int
    start_ms: int
    end_ms: int
    text: str


def cues() -> list[Cue]:
    """The talk's slides in time, without gaps: the last one ends with the talk."""
    return [Cue(**cue) for cue in json.loads(TIMING.read_text())["cues"]]
