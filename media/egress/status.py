"""``recording.json``: what became of a recording, for whoever looks at the folder later."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

STATUS = "recording.json"
EXIT_NOTHING, EXIT_BUSY, EXIT_ORPHANED = 3, 4, 5
"""Exit statuses of the process: nothing is captured; another one composes it; whoever started it is gone."""
State = Literal["live", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Status:
    """``duration_ms`` grows with each whole segment; it is final once ``state`` is ``done``."""

    state: State
    zero_ms: int
    duration_ms: int
    height: int
    fps: int
    codecs: str
    """As playlists and media types name them (RFC 6381)."""

    def encode(self) -> bytes:
        return (json.dumps(asdict(self)) + "\n").encode()


def read_status(folder: Path) -> Status | None:
    """The status in the recording's ``folder``; None where there is none or it is damaged."""
    try:
        status = Status(**json.loads((folder / STATUS).read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return status if status.state in get_args(State) else None
