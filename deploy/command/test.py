"""``./diemcau test``: set up, bring the development tools and a Chromium, then pytest; with ``--services`` once more on those."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from deploy.command import services, setup, tools
from deploy.command.children import followed
from deploy.command.places import PYTHON, ROOT, environment
from deploy.command.say import Trouble, line, step

_FAILED = 1
_NOTHING_COLLECTED = 5
_INTERRUPTED = 2
_SERVICES = "services"
_ALONE = "browser or alone"
_MOST_AT_ONCE = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "diemcau test [-h] [--services] [pytest arguments ...]"
    parser.add_argument(
        "--services",
        action="store_true",
        help="then repeat on a private PostgreSQL and Redis the tests that talk to them (marked “services”)",
    )


def run(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """The exit code of pytest: of the first run that failed, else 0. The last line is pytest's summary. Raises Trouble.

    Arguments are pytest's own. Without any, as many tests run beside each other as the machine has cores, then those that must
    not (marked “browser” or “alone”) one after the other.
    """
    with setup.exclusive():
        setup.python_packages(dev=True)
        setup.pages()
        setup.ffmpeg()
        setup.media_node()
        setup.translations()
        chromium = _chromium(needed=not arguments)
    more = {"DIEMCAU_CHROMIUM": chromium} if chromium else {}
    with _own_data() as data:
        env = environment(DIEMCAU_DATA=data, **more)
        env.pop("DATABASE_URL", None)
        env.pop("REDIS_URL", None)
        line()
        code = _tested(arguments, env)
    if not options.services or code == _INTERRUPTED:
        return code
    line()
    with services.private_servers() as urls, _own_data() as data:
        line()
        env = environment(DIEMCAU_DATA=data, **more, **urls)
        again = _tested(arguments, env, mark=_SERVICES)
    return code or (0 if again == _NOTHING_COLLECTED and arguments else again)


def _tested(arguments: Sequence[str], env: Mapping[str, str], *, mark: str = "") -> int:
    """Exit code of pytest, or of the first of its runs that was not well; ``mark`` chooses. On a build machine the files in which
    something failed are tried once more, one after the other: three browsers and the encoders share its cores with whoever else
    is there. Whole files, as tests of one house follow each other. Both are in the output; what fails twice has failed."""
    chosen = ["-m", mark] if mark else []
    runs = [[*chosen, *arguments]] if arguments else _everything(mark)
    code = 0
    for run in runs:
        code = _pytest(run, env) or code
        if code not in (0, _FAILED):
            return code
    if code == _FAILED and env.get("CI") == "true" and (files := _failed_files()):
        line()
        line("Thử lại một lần những tệp vừa không đạt · Trying once more the files that failed")
        code = _pytest([*chosen, *arguments, *files], env)
    return code


def _everything(mark: str) -> list[list[str]]:
    """The arguments of the runs that together are all tests (with ``mark``): those that bear company, then the others."""
    cores = min(len(os.sched_getaffinity(0)), _MOST_AT_ONCE)
    if cores == 1:
        return [["-m", mark]]
    both = f"{mark} and " if mark else ""
    beside = ["-n", str(cores), "--dist", "loadfile"]
    return [[*beside, "-m", f"{both}not ({_ALONE})"], ["-m", f"{both}({_ALONE})"]]


def _pytest(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Exit code of one run of it."""
    return followed([str(PYTHON), "-m", "pytest", "-p", "tests.support.workers", *arguments], env=env)


def _failed_files() -> list[str]:
    """The test files in which something failed in the last run, as pytest remembers it."""
    try:
        failed = json.loads((ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed").read_text())
    except (OSError, ValueError):
        return []
    files = {str(name).partition("::")[0] for name in failed}
    return sorted(file for file in files if (ROOT / file).is_file())


@contextlib.contextmanager
def _own_data() -> Iterator[str]:
    """A data folder for one run of the tests."""
    with tempfile.TemporaryDirectory(prefix="diemcau-test-", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "static").mkdir()
        yield folder


def _chromium(*, needed: bool) -> str | None:
    """Path of a Chromium. Where there is none: installed if we may; else Trouble if all tests are to run, else a remark."""
    with step("Chromium") as current:
        found = tools.find_chromium()
        if found is None:
            try:
                tools.install_packages(["chromium"], "the browser tests")
            except Trouble as error:
                if needed:
                    raise
                current.note = str(error)
            found = tools.find_chromium()
        return found
