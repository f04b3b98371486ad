"""What a benchmark leaves: a table to read and a file to compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.parts.host import machine


def write(name: str, figures: Mapping[str, float | str], path: Path | None) -> None:
    """Print the figures; write them as JSON where a path is given."""
    print(f"\n{name} on {machine()}")
    width = max(map(len, figures), default=0)
    for key, value in figures.items():
        print(f"  {key:{width}}  {value:,}" if not isinstance(value, str) else f"  {key:{width}}  {value}")
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"name": name, "machine": machine(), "figures": figures}, indent=2) + "\n")


def judged(musts: Mapping[str, bool]) -> int:
    """Say of each must whether it holds; the exit code is 1 where one does not."""
    for must, holds in musts.items():
        print(f"  {'✓' if holds else '✗'} {must}")
    return 0 if all(musts.values()) else 1
