"""``./diemcau bench networks [--json FILE] [--only WORDS]``: the cases one after the other, each on a stage of its own."""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.networks import whole
from benchmarks.networks.cases import CASES, Case, Result
from benchmarks.networks.stage import stage
from benchmarks.parts import report
from benchmarks.parts.host import NotHere, machine

MOST_S = 3.0


async def play(case: Case) -> Result:
    """One case on a new stage."""
    with tempfile.TemporaryDirectory() as folder:
        async with stage(Path(folder), turn=case.turn) as ready:
            return await case.play(ready)


def row(result: Result) -> str:
    """A line of the table in docs/networks.md."""
    seen = result.seen
    cells = [
        result.name,
        f"{100 * seen.concealed:.1f} %" if seen else "",
        f"{100 * seen.frozen:.1f} %" if seen else "",
        (f"{seen.width} px" if seen.width else "paused") if seen else "",
        *(_seconds(each) for each in (result.down_s, result.up_s, result.back_s)),
        "" if result.negotiations is None else str(result.negotiations),
        result.note,
    ]
    return "| " + " | ".join(cells) + " |"


HEAD = (
    "| case | sound made up | picture frozen | width at the end | lower layer after s | best layer after s | goes on after s"
    " | negotiations | |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
)


def figures(results: list[Result]) -> dict[str, float | str]:
    """By case and property."""
    found: dict[str, float | str] = {}
    for result in results:
        name = result.name
        if result.seen is not None:
            found[f"{name}: concealed"] = round(result.seen.concealed, 4)
            found[f"{name}: frozen"] = round(result.seen.frozen, 4)
            found[f"{name}: width"] = result.seen.width
        for key in ("down_s", "up_s", "back_s", "negotiations"):
            value = getattr(result, key)
            if value is not None:
                found[f"{name}: {key}"] = round(value, 2) if math.isfinite(value) else "never"
    return found


def musts(result: Result) -> dict[str, bool]:
    """What is asked of the case, and whether it held."""
    found: dict[str, bool] = {}
    if result.seen is not None and "10 % loss" in result.name:
        found[f"{result.name}: sound made up at most 2 %"] = result.seen.concealed <= 0.02
        found[f"{result.name}: frozen at most 5 %"] = result.seen.frozen <= 0.05
    for what, seconds in (("the layer that fits", result.down_s), ("the best again", result.up_s), ("goes on", result.back_s)):
        if seconds is not None:
            found[f"{result.name}: {what} within {MOST_S:.0f} s"] = seconds <= MOST_S
    if result.name == "address changes":
        found["address changes: nothing negotiated"] = result.negotiations == 0
    return found


def _seconds(value: float | None) -> str:
    return "" if value is None else "never" if math.isinf(value) else f"{value:.1f}"


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="diemcau bench networks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--only", metavar="WORDS", default="", help="only cases with one of these words (by comma) in their name")
    options = parser.parse_args()
    words = [word.strip() for word in options.only.split(",") if word.strip()]
    plays = {case.name: partial(play, case) for case in CASES} | {whole.NAME: whole.cut}
    chosen = {name: work for name, work in plays.items() if not words or any(word in name for word in words)}
    if not chosen:
        parser.error(f"there is no such case; there are: {', '.join(plays)}")
    results: list[Result] = []
    print(f"{machine()}\n\n{HEAD}", flush=True)
    try:
        for work in chosen.values():
            results.append(asyncio.run(work()))
            print(row(results[-1]), flush=True)
    except NotHere as error:
        print(f"cannot be measured here: {error}", file=sys.stderr)
        return 2
    report.write("networks", figures(results), options.json)
    return report.judged({name: held for result in results for name, held in musts(result).items()})


if __name__ == "__main__":
    sys.exit(main())
