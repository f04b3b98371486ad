"""The master playlist (RFC 8216 §4.3.4): which versions of a recording there are, measured on their segments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from media.egress.hls import PLAYLIST

_EXTINF = re.compile(r"#EXTINF:([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Rates:
    """Bits per second: of the heaviest segment, and of all."""

    peak_bps: int
    average_bps: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One version. ``height`` is 0 and ``fps`` without meaning where it is sound alone."""

    uri: str
    rates: Rates
    codecs: str
    height: int = 0
    fps: int = 0


def measure(folder: Path) -> Rates | None:
    """The rates of the playlist in ``folder``; None where there is none, or nothing in it yet."""
    try:
        lines = (folder / PLAYLIST).read_text().splitlines()
    except FileNotFoundError:
        return None
    peak, total_bits, total_s, duration = 0.0, 0, 0.0, 0.0
    for line in lines:
        if found := _EXTINF.match(line):
            duration = float(found[1])
        elif line and not line.startswith("#") and duration > 0:
            bits = 8 * (folder / line).stat().st_size
            peak, total_bits, total_s = max(peak, bits / max(duration, 0.5)), total_bits + bits, total_s + duration
    return Rates(round(peak), round(total_bits / total_s)) if total_s else None


def master(variants: Sequence[Variant]) -> str:
    """The playlist that names ``variants``, the best first."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in variants:
        parts = [f"BANDWIDTH={variant.rates.peak_bps}", f"AVERAGE-BANDWIDTH={variant.rates.average_bps}"]
        if variant.height:
            width = variant.height * 16 // 9 & ~1
            parts += [f"RESOLUTION={width}x{variant.height}", f"FRAME-RATE={variant.fps:.3f}"]
        parts.append(f'CODECS="{variant.codecs}"')
        lines += ["#EXT-X-STREAM-INF:" + ",".join(parts), variant.uri]
    return "\n".join(lines) + "\n"


def variants_of(folder: Path, height: int, fps: int, codecs: str, small: tuple[int, str], audio: str) -> list[Variant]:
    """The versions of the recording in ``folder`` that exist now. ``small``: height and codecs of the smaller picture."""
    found = []
    for name, lines, codec, rate in (("hls", height, codecs, fps), ("360p", *small, fps), ("audio", 0, audio, 0)):
        rates = measure(folder / name)
        if rates is not None:
            found.append(Variant(f"{name}/{PLAYLIST}", rates, codec, lines, rate))
    return found
