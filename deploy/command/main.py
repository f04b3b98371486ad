"""The command line: what there is, and which part does it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from deploy.command import run, setup
from deploy.command.places import DEFAULT_DATA, PYTHON, environment
from deploy.command.say import Trouble, trouble

_PASSED_ON = {"manage": ("django",), "simulate": ("deploy.command.simulate",)}
"""Commands whose arguments are not ours: the module that gets them, inside ``.venv``."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diemcau",
        description="Điểm Cầu: hybrid conferences that are held, recorded, replayed, attended and learnt from.",
        epilog="First time here?  ./diemcau run",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    run.add_arguments(commands.add_parser("run", help="set up what is missing and start everything; Ctrl-C stops it"))
    commands.add_parser("simulate", add_help=False, help="fill the running demo session with simulated sites")
    commands.add_parser("manage", add_help=False, help="Django's own commands (./diemcau manage help)")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        if arguments and arguments[0] in _PASSED_ON:
            return _pass_on(_PASSED_ON[arguments[0]][0], arguments[1:])
        return run.run(_parser().parse_args(arguments))
    except Trouble as error:
        trouble(error)
        return 1
    except KeyboardInterrupt:
        return 130


def _pass_on(module: str, arguments: Sequence[str]) -> int:
    """Become ``python -m module`` in ``.venv``, on the data folder of ``run``."""
    with setup.exclusive():
        setup.python_packages(dev=False)
    env = environment()
    env.setdefault("DIEMCAU_DATA", str(DEFAULT_DATA))
    os.execve(PYTHON, [str(PYTHON), "-m", module, *arguments], env)  # noqa: S606  (no shell wanted)
