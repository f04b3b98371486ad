"""Playlists (RFC 8216): reading a recording's, writing finished ones, and the master, measured on the segments."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from media.egress.hls import PLAYLIST
from media.vod.boxes import Described, describe

_EXTINF = re.compile(r"#EXTINF:([0-9.]+)")
_MAP = re.compile(r'#EXT-X-MAP:URI="([^"]+)"')
FOLDERS = ("720p", "480p", "360p", "240p", "audio")
"""Of what is made of a recording, the best first; 360p is made no more, but older recordings have it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One listed segment and its initialisation segment."""

    name: str
    init: str
    duration_s: float


def read_cuts(playlist: Path) -> tuple[Cut, ...]:
    """The segments that ``playlist`` names. Raises OSError where it cannot be read."""
    cuts, init, duration_s = [], "init.mp4", 0.0
    for line in playlist.read_text().splitlines():
        if found := _MAP.match(line):
            init = found[1]
        elif found := _EXTINF.match(line):
            duration_s = float(found[1])
        elif line and not line.startswith("#"):
            cuts.append(Cut(line, init, duration_s))
    return tuple(cuts)


def media_playlist(cuts: Sequence[Cut], beside: Path | None = None) -> str:
    """A finished playlist of ``cuts``; their names are taken from the folder ``beside`` where it lies somewhere else."""
    target_s = max((math.floor(cut.duration_s + 0.5) for cut in cuts), default=1)
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{max(1, target_s)}", "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-INDEPENDENT-SEGMENTS",
    ]  # fmt: skip

    def place(name: str) -> str:
        return str(beside / name) if beside else name

    init = None
    for cut in cuts:
        if cut.init != init:
            lines += ["#EXT-X-DISCONTINUITY"] if init else []
            lines.append(f'#EXT-X-MAP:URI="{place(cut.init)}"')
            init = cut.init
        lines += [f"#EXTINF:{cut.duration_s:.6f},", place(cut.name)]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


@dataclass(frozen=True, slots=True)
class Rates:
    """Bits per second: of the heaviest segment, and of all."""

    peak_bps: int
    average_bps: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One version. ``width`` and ``height`` are 0 and ``fps`` without meaning where it is sound alone."""

    uri: str
    rates: Rates
    codecs: str
    width: int = 0
    height: int = 0
    fps: int = 0


def measure(folder: Path) -> Rates | None:
    """The rates of the playlist in ``folder``; None where there is none, or nothing in it yet."""
    try:
        status = (folder / PLAYLIST).stat()
        return _measured(folder, status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=512)
def _measured(folder: Path, changed_ns: int, size: int) -> Rates | None:
    """Kept as long as the playlist is the same: asking for the size of thousands of files takes a moment."""
    peak, total_bits, total_s = 0.0, 0, 0.0
    for cut in read_cuts(folder / PLAYLIST):
        if cut.duration_s > 0:
            bits = 8 * (folder / cut.name).stat().st_size
            peak, total_bits = max(peak, bits / max(cut.duration_s, 0.5)), total_bits + bits
            total_s += cut.duration_s
    return Rates(math.ceil(peak), round(total_bits / total_s)) if total_s else None


def master(variants: Sequence[Variant]) -> str:
    """The playlist that names ``variants``, the best first."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in variants:
        parts = [f"BANDWIDTH={variant.rates.peak_bps}", f"AVERAGE-BANDWIDTH={variant.rates.average_bps}"]
        if variant.height:
            parts += [f"RESOLUTION={variant.width}x{variant.height}", f"FRAME-RATE={variant.fps:.3f}"]
        parts.append(f'CODECS="{variant.codecs}"')
        lines += ["#EXT-X-STREAM-INF:" + ",".join(parts), variant.uri]
    return "\n".join(lines) + "\n"


def variants_of(folder: Path, height: int, fps: int, codecs: str) -> list[Variant]:
    """The versions of the recording in ``folder`` that exist now; its own picture, described by the arguments, with the
    evened sound where that is made, so that the volume stays when the quality changes."""
    own = "full" if (folder / "full" / PLAYLIST).is_file() else "hls"
    found = []
    if (rates := measure(folder / own)) is not None:
        found.append(Variant(f"{own}/{PLAYLIST}", rates, codecs, height * 16 // 9 & ~1, height, fps))
    for name in FOLDERS:
        if (rates := measure(folder / name)) is not None and (made := _described(folder / name)) is not None:
            found.append(Variant(f"{name}/{PLAYLIST}", rates, made.codecs, made.width, made.height, fps))
    return found


def _described(folder: Path) -> Described | None:
    return describe((folder / "init.mp4").read_bytes()) if (folder / "init.mp4").is_file() else None
