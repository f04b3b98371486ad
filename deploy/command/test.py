"""``./diemcau test``: set up, bring the development tools and a Chromium, then pytest; with ``--services`` once more on those."""

from __future__ import annotations

import argparse
import contextlib
import json
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "diemcau test [-h] [--services] [pytest arguments ...]"
    parser.add_argument(
        "--services",
        action="store_true",
        help="then repeat on a private PostgreSQL and Redis the tests that talk to them (marked “services”)",
    )


def run(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """The exit code of pytest: of the first run that failed, else 0. The last line is pytest's summary. Raises Trouble."""
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
        code = _pytest(arguments, env)
    if not options.services or code == _INTERRUPTED:
        return code
    line()
    with services.private_servers() as urls, _own_data() as data:
        line()
        env = environment(DIEMCAU_DATA=data, **more, **urls)
        again = _pytest(["-m", "services", *arguments], env)
    return code or (0 if again == _NOTHING_COLLECTED and arguments else again)


def _pytest(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Exit code of pytest. On a build machine the files in which something failed are tried once more, alone: three browsers and
    the encoders share its cores with whoever else is there. Whole files, as tests of one house follow each other. Both runs are
    in the output; what fails twice has failed."""
    argv = [str(PYTHON), "-m", "pytest", *arguments]
    code = followed(argv, env=env)
    if code == _FAILED and env.get("CI") == "true" and (files := _failed_files()):
        line()
        line("Thử lại một lần những tệp vừa không đạt · Trying once more the files that failed")
        code = followed([*argv, *files], env=env)
    return code


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
