"""``./diemcau bench NAME``: set up as for the tests, then become ``python -m benchmarks.NAME``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn

from deploy.command import setup
from deploy.command.places import PYTHON, ROOT, environment
from deploy.command.say import Trouble


def names() -> list[str]:
    """What there is to measure."""
    folder = ROOT / "benchmarks"
    found = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__main__.py")}
    return sorted(found - {"__init__"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = f"diemcau bench [-h] {{{','.join(names())}}} [--json FILE] [the benchmark's own arguments ...]"
    parser.add_argument("name", metavar="NAME", choices=names(), help=", ".join(names()))


def run(options: argparse.Namespace, arguments: Sequence[str]) -> NoReturn:
    """Never returns; raises Trouble where the set-up fails."""
    with setup.exclusive():
        setup.python_packages(dev=True)
        setup.pages()
        setup.ffmpeg()
        setup.media_node()
        setup.translations()
    try:
        os.execve(PYTHON, [str(PYTHON), "-m", f"benchmarks.{options.name}", *arguments], environment())  # noqa: S606
    except OSError as error:
        raise Trouble(f"không chạy được · cannot run {PYTHON}: {error.strerror}") from error
