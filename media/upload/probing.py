"""Is a file that was sent what it claims to be, and can a recording be made of it? Raises why not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from core.errors import Invalid, _
from media.upload import wholeness
from media.upload.found import Found, family_of, judge, refuse_cut, refuse_damaged, refuse_encrypted
from media.upload.magic import HEAD_BYTES, Family, nature_of
from media.vod.run import Beat, run

_TIME_S, _BYTES_PER_S = 120.0, 5 << 20
"""How long looking may take, whatever the file, and for each so many bytes a second more."""


class Stopped(Exception):
    """The job was taken away while it ran."""


def check(path: Path, name: str, beat: Beat) -> tuple[Family, Found]:
    """The file at ``path``, which its owner calls ``name``.

    Raises Invalid with the reason, OSError, and :class:`Stopped` where ``beat`` said so.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if not head:
            raise Invalid("upload.empty", _("The file is empty. Look at it on your computer, then choose it again."))
        family = family_of(name, nature_of(head))
        if family != "mp3":
            outside = wholeness.iso(file) if family == "mp4" else wholeness.matroska(file)
            if not outside.complete:
                refuse_cut()
            if outside.encrypted:
                refuse_encrypted()
    found = _look(path, family, beat)
    judge(found)
    return family, found


def _look(path: Path, family: Family, beat: Beat) -> Found:
    answers: list[dict[str, Any]] = []

    def read(line: str) -> float | None:
        answer: dict[str, Any] = json.loads(line)
        if "share" in answer:
            return float(answer["share"])
        answers.append(answer)
        return None

    argv = [sys.executable, "-m", "media.upload.probe_child", family, str(path.resolve())]
    limit_s = _TIME_S + path.stat().st_size / _BYTES_PER_S
    outcome = run(argv, beat, limit_s, read, folder=Path(settings.BASE_DIR))
    if outcome.kind == "cancelled":
        raise Stopped
    if outcome.kind != "done" or not answers or "found" not in answers[-1]:
        refuse_damaged()
    return Found.load(answers[-1]["found"])
