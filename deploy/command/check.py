"""``./diemcau check``: everything that can be said about the code without running it. All checks run; any failure fails."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.command import setup
from deploy.command.children import end_group
from deploy.command.places import PYTHON, ROOT, VENV, WEB
from deploy.command.say import Trouble, line, scrubbed
from deploy.command.tools import Node, npm_environment
from deploy.supervisor.kernel import die_with_parent

CODE = ("core", "people", "conference", "media", "training", "deploy", "benchmarks", "tests")
TIMEOUT_S = 600.0
SHOWN_LINES = 60


@dataclass(frozen=True)
class Check:
    """A program that exits with 0 when there is nothing to say."""

    name: str
    argv: tuple[str, ...]
    cwd: Path = ROOT


@dataclass(frozen=True)
class Outcome:
    check: Check
    code: int
    seconds: float
    output: str


def checks(node: Node) -> list[Check]:
    """All checks, the slow ones first, as two run at a time."""
    python, binaries = str(PYTHON), VENV / "bin"
    modules = WEB / "node_modules"
    return [
        Check("types: mypy --strict", (str(binaries / "mypy"),)),
        Check("types: tsc", (node.node, str(modules / "typescript" / "bin" / "tsc"), "--noEmit"), WEB),
        Check("pages: vitest", (node.node, str(modules / "vitest" / "vitest.mjs"), "run"), WEB),
        Check("style: ruff check", (str(binaries / "ruff"), "check", "--output-format=concise", *CODE)),
        Check("style: ruff format", (str(binaries / "ruff"), "format", "--check", "--output-format=concise", *CODE)),
        Check("layers: import contracts", (str(binaries / "lint-imports"), "--no-cache", "--no-logo")),
        Check("tables: migrations", (python, "-m", "django", "makemigrations", "--check", "--dry-run", "--no-color")),
        Check("messages: page and server agree", (node.node, str(WEB / "scripts" / "wire.mjs"), "--check"), WEB),
        Check("languages: Vietnamese complete", (python, "-m", "deploy.command.strings")),
        Check("rights: every view and command", (python, "-m", "deploy.command.declared")),
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("only", nargs="*", metavar="NAME", help="only checks whose name contains one of these words")


def run(options: argparse.Namespace) -> int:
    """1 where a check fails, else 0; raises Trouble where the set-up does."""

    def wanted(node: Node) -> list[Check]:
        return [check for check in checks(node) if not options.only or any(word in check.name for word in options.only)]

    if not wanted(Node("node", ())):
        raise Trouble(f"không có kiểm tra nào tên như vậy · no check is named {' or '.join(options.only)}")
    with setup.exclusive():
        setup.python_packages(dev=True)
        node = setup.pages(build=False)
        setup.translations()
    chosen = wanted(node)
    line()
    with tempfile.TemporaryDirectory(prefix="diemcau-check-") as data, ThreadPoolExecutor(2) as pool:
        env = npm_environment(node)
        env.update(DIEMCAU_DATA=data, DIEMCAU_PYTHON=str(PYTHON), CI="true", NO_COLOR="1", TERM="dumb")
        env.pop("DATABASE_URL", None)
        env.pop("REDIS_URL", None)
        failed = [outcome for outcome in pool.map(lambda check: _told(_outcome(check, env)), chosen) if outcome.code]
    line()
    if failed:
        line(f"{len(failed)} of {len(chosen)} checks failed: {', '.join(outcome.check.name for outcome in failed)}")
        return 1
    line(f"all {len(chosen)} checks passed")
    return 0


def _outcome(check: Check, env: Mapping[str, str]) -> Outcome:
    began = time.monotonic()
    code, output = _finished(check.argv, check.cwd, env)
    return Outcome(check, code, time.monotonic() - began, output)


def _finished(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[int, str]:
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    except OSError as error:
        return 127, f"{argv[0]}: {error.strerror}"
    try:
        output, _ = process.communicate(timeout=TIMEOUT_S)
        return process.returncode, output.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return 124, f"no end after {TIMEOUT_S:.0f} s"
    finally:
        if process.poll() is None:
            end_group(process)


def _told(outcome: Outcome) -> Outcome:
    """Say how it went, in one print, as two checks speak at the same time."""
    sign = "✗" if outcome.code else "✓"
    rows = [f"  {sign} {outcome.check.name:<48}{outcome.seconds:7.1f} s"]
    if outcome.code:
        rows += [f"      {row}" for row in scrubbed(outcome.output).rstrip().splitlines()[-SHOWN_LINES:]]
    line("\n".join(rows))
    return outcome
