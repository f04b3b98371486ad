"""What looking into a file has found, and whether a recording can be made of it. Pure."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from core.errors import Invalid, _
from media.upload.magic import EXTENSIONS, NAMES, Family, Nature, extension_of

MAX_HOURS = 12
MAX_STREAMS = 32
MAX_SIDE_PX = 8192
MIN_SIDE_PX = 16
MAX_PIXELS = 8192 * 4608
MAX_FPS = 240
MIN_MS = 1_000
SPAN_S = 10
"""Into pieces of this length a file is divided, to see which of them hold anything."""
MAX_GAP_S = 600
"""In what is really recorded, no stream is silent for so long."""
_SLACK_MS, _SLACK_SHARE = 2_000, 0.02
"""So much less than announced may be readable: the last frames of a stream often have no length of their own."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The stream of pictures. ``width`` and ``height`` are those shown: turned upright, in square pixels."""

    index: int
    width: int
    height: int
    fps: float
    interlaced: bool = False
    hdr: bool = False


@dataclass(frozen=True, slots=True)
class Sound:
    """The stream of sound."""

    index: int
    channels: int


@dataclass(frozen=True, slots=True)
class Found:
    """``declared_ms``: how long it says it is, 0 where it says nothing; ``readable_ms``: where the last packet ends that could be
    read. ``torn``: reading ended with an error. ``undecodable``: a stream of which no decoder makes anything. ``empty_s``: in so
    much of it no packet of any stream begins; ``gap_s``: the longest such stretch, both in whole spans (:func:`emptiness`)."""

    streams: int
    picture: Picture | None
    sound: Sound | None
    declared_ms: int
    readable_ms: int
    torn: bool = False
    undecodable: bool = False
    empty_s: int = 0
    gap_s: int = 0

    @classmethod
    def load(cls, data: dict[str, Any]) -> Found:
        """Inverse of ``dataclasses.asdict``."""
        picture, sound = data["picture"], data["sound"]
        return cls(**data | {"picture": picture and Picture(**picture), "sound": sound and Sound(**sound)})


def emptiness(spans: set[int], start_s: float, end_s: float) -> tuple[int, int]:
    """``empty_s`` and ``gap_s`` of a file from ``start_s`` to ``end_s`` where packets begin in ``spans``, each of
    :data:`SPAN_S`. How long packets say that they last counts for nothing: a stranger writes what he likes."""
    first, end = int(start_s // SPAN_S), max(int(start_s // SPAN_S), math.ceil(end_s / SPAN_S))
    inside = sorted(span for span in spans if first <= span < end)
    gaps = [after - before - 1 for before, after in itertools.pairwise([first - 1, *inside, end])]
    return sum(gaps) * SPAN_S, max(gaps) * SPAN_S


def family_of(name: str, nature: Nature) -> Family:
    """The family of a file called ``name`` that begins as ``nature`` says. Raises Invalid where the two do not agree."""
    extension = extension_of(name)
    if nature.family is None:
        raise Invalid(
            "upload.wrong_content",
            _("The file is called .%(extension)s but it is %(what)s. Choose the video or sound file itself."),
            extension=extension,
            what=nature.what,
        )
    if EXTENSIONS.get(extension) != nature.family:
        raise Invalid(
            "upload.wrong_name",
            _("The file is called .%(extension)s but its content is %(kind)s. Give it the right ending, then choose it again."),
            extension=extension,
            kind=NAMES[nature.family],
        )
    return nature.family


def refuse_cut() -> NoReturn:
    """Raises Invalid ``upload.cut_short``."""
    raise Invalid(
        "upload.cut_short",
        _("The file is cut short: its end is missing. Copy it again from the device that made it, then choose the new copy."),
    )


def refuse_encrypted() -> NoReturn:
    """Raises Invalid ``upload.encrypted``."""
    raise Invalid("upload.encrypted", _("The file is protected by encryption. Export it without protection."))


def refuse_damaged() -> NoReturn:
    """Raises Invalid ``upload.damaged``."""
    raise Invalid("upload.damaged", _("The file is damaged and cannot be read. Export it again, then choose the new file."))


def judge(found: Found) -> None:
    """Raises Invalid unless a recording can be made of it."""
    if found.streams > MAX_STREAMS:
        _refuse_absurd()
    if found.picture is None and found.sound is None:
        raise Invalid("upload.no_streams", _("The file has neither picture nor sound that can be used."))
    if (picture := found.picture) is not None:
        sides = (picture.width, picture.height)
        sized = min(sides) >= MIN_SIDE_PX and max(sides) <= MAX_SIDE_PX and picture.width * picture.height <= MAX_PIXELS
        if not sized or picture.fps > MAX_FPS:
            _refuse_absurd()
    longest_ms = max(found.declared_ms, found.readable_ms)
    if longest_ms > MAX_HOURS * 3_600_000:
        raise Invalid(
            "upload.too_long", _("The recording is longer than %(hours)s hours. Cut it into parts first."), hours=MAX_HOURS
        )
    if found.torn or found.declared_ms - found.readable_ms > max(_SLACK_MS, _SLACK_SHARE * found.declared_ms):
        refuse_cut()
    if found.gap_s > MAX_GAP_S or found.empty_s > max(MAX_GAP_S, found.readable_ms // 2000):
        raise Invalid(
            "upload.hollow",
            _("For minutes the file has neither picture nor sound. Export it again without the gaps, then choose the new file."),
        )
    if found.undecodable:
        raise Invalid(
            "upload.undecodable",
            _("Picture or sound are in a form that cannot be read here. Export the file as MP4 (H.264, AAC) and choose that."),
        )
    if found.readable_ms < MIN_MS:
        raise Invalid("upload.too_short", _("The recording is shorter than one second."))


def _refuse_absurd() -> NoReturn:
    raise Invalid("upload.absurd", _("The file's picture size or number of tracks is not that of a recording."))
