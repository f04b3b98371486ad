"""The command line: what there is, and which part does it."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from deploy.command import bench, check, run, setup, test
from deploy.command.places import DEFAULT_DATA, PYTHON, environment
from deploy.command.say import Trouble, trouble

_PASSED_ON = {"manage": "django", "simulate": "deploy.command.simulate"}
"""Commands whose arguments are not ours: the module that gets them, inside ``.venv``."""
_WITHOUT_DATA = {"help", "--help", "-h", "version", "--version", "check", "migrate", "makemigrations", "showmigrations"}
"""Django's commands that need no database that is in use."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diemcau",
        allow_abbrev=False,
        description="Điểm Cầu: hybrid conferences that are held, recorded, replayed, attended and learnt from.",
        epilog="First time here?  ./diemcau run",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    run.add_arguments(
        commands.add_parser("run", allow_abbrev=False, help="set up what is missing and start everything; Ctrl-C stops it")
    )
    run.add_setup_arguments(
        commands.add_parser(
            "setup", allow_abbrev=False, help="only set up: packages, pages, database; start nothing (for production)"
        )
    )
    test.add_arguments(
        commands.add_parser(
            "test", allow_abbrev=False, help="set up, then run the tests (or those that pytest's arguments choose)"
        )
    )
    check.add_arguments(
        commands.add_parser("check", allow_abbrev=False, help="style, types, layers, migrations, messages, translations, rights")
    )
    bench.add_arguments(
        commands.add_parser("bench", allow_abbrev=False, help="set up, then measure; --json FILE keeps the figures")
    )
    commands.add_parser("simulate", add_help=False, help="fill the running demo session with simulated sites")
    commands.add_parser("manage", add_help=False, help="Django's own commands (./diemcau manage [--data DIR] help)")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        if arguments and arguments[0] in _PASSED_ON:
            passed = _on_data(arguments[1:]) if arguments[0] == "manage" else arguments[1:]
            return _pass_on(_PASSED_ON[arguments[0]], passed)
        parser = _parser()
        options, rest = parser.parse_known_args(arguments)
        if options.command == "test":
            return test.run(options, rest)
        if options.command == "bench":
            bench.run(options, rest)
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        return {"run": run.run, "setup": run.set_up, "check": check.run}[options.command](options)
    except Trouble as error:
        trouble(error)
        return 1
    except KeyboardInterrupt:
        return 130


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    """A SIGTERM unwinds the stack as Ctrl-C does, so that what was started is ended."""
    raise SystemExit(128 + number)


def _on_data(arguments: Sequence[str]) -> Sequence[str]:
    """Django's arguments, after a ``--data DIR`` before them was heeded. Raises Trouble where nothing has run on that folder: its
    database would be made then and there, and be empty."""
    if arguments and arguments[0] == "--data":
        if len(arguments) < 2 or not arguments[1].strip():
            raise Trouble("thiếu tên thư mục · --data needs the name of a folder")
        os.environ["DIEMCAU_DATA"], arguments = str(Path(arguments[1]).expanduser().resolve()), arguments[2:]
    data = Path(os.environ.get("DIEMCAU_DATA") or DEFAULT_DATA)
    embedded = not os.environ.get("DATABASE_URL")
    if embedded and not (data / "db.sqlite3").exists() and arguments and arguments[0] not in _WITHOUT_DATA:
        raise Trouble(
            f"chưa có dữ liệu · there is no data in {data}; start ./diemcau run first, or name its folder:"
            " ./diemcau manage --data DIR …"
        )
    return arguments


def _pass_on(module: str, arguments: Sequence[str]) -> int:
    """Become ``python -m module`` in ``.venv``, on the data folder of ``run``."""
    with setup.exclusive():
        setup.python_packages(dev=False)
    env = environment()
    env.setdefault("DIEMCAU_DATA", str(DEFAULT_DATA))
    os.execve(PYTHON, [str(PYTHON), "-m", module, *arguments], env)  # noqa: S606  (no shell wanted)
