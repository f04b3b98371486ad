"""The way from a clone to something that runs: steps, each skipped when a stamp says that it is done."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.command import interpreter, tools
from deploy.command.children import quietly
from deploy.command.places import CACHE, CATALOGUES, PYTHON, ROOT, VENV, WEB, environment
from deploy.command.say import Trouble, line, step
from deploy.command.stamps import Stamp, digest, files_under
from media.sfu import native

DONE = "đã có · up to date"
_LOCKS = {False: ROOT / "requirements.lock", True: ROOT / "requirements-dev.lock"}


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """One set-up at a time in one clone: two would write into the same folders."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            line("  … chờ một lệnh diemcau khác cài đặt xong · waiting for another diemcau to finish its set-up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def python_packages(*, dev: bool) -> None:
    """``.venv`` holds exactly what the lock names, each package checked by its hash; once developer tools are in, they stay."""
    with step("Thư viện Python · Python packages") as current:
        if Stamp("python-dev", _python_digest(dev=True)).is_current(PYTHON):
            current.note = DONE
            return
        dev = dev or (CACHE / "stamps" / "python-dev").exists()
        stamp = Stamp("python-dev" if dev else "python", _python_digest(dev=dev))
        if stamp.is_current(PYTHON):
            current.note = DONE
            return
        uv = tools.find_uv(current)
        failure = "không cài được thư viện Python · cannot install the Python packages"
        chosen = interpreter.choose()
        if not _venv_is_of(chosen):
            quietly([uv, "venv", "--quiet", "--clear", "--python", chosen, str(VENV)], failure)
        quietly(
            [uv, "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes", str(_LOCKS[dev])],
            failure,
            timeout_s=1800,
        )
        stamp.write()


def pages(*, build: bool = True) -> tools.Node:
    """npm packages exactly as locked and, unless ``build`` is false, the pages' scripts and styles in ``web/dist``."""
    with step("Thư viện giao diện · npm packages") as current:
        node = tools.find_node(current)
        stamp = Stamp("npm", digest([WEB / "package.json", WEB / "package-lock.json"], *node.npm))
        if stamp.is_current(WEB / "node_modules" / "vite"):
            current.note = DONE
        else:
            quietly(
                [*node.npm, "ci", "--no-audit", "--no-fund"],
                "không cài được thư viện npm · cannot install the npm packages",
                cwd=WEB,
                env=tools.npm_environment(node),
                timeout_s=1800,
            )
            stamp.write()
    if build:
        with step("Dựng giao diện · Build the pages") as current:
            stamp = Stamp("pages", digest(path for path in files_under(WEB) if ".gen.svg" not in path.name))
            if stamp.is_current(WEB / "dist" / "manifest.json"):
                current.note = DONE
            else:
                _build(node)
                stamp.write()
    return node


def pages_are_built() -> bool:
    """Whether there is a build, current or not."""
    return (WEB / "dist" / "manifest.json").exists()


def ffmpeg() -> None:
    with step("ffmpeg") as current:
        tools.link_ffmpeg(current)


def media_node() -> None:
    """The media node's compiled part. Without a C compiler the node does the same in Python, for fewer viewers a core."""
    with step("Phần biên dịch của nút media · Media node") as current:
        if native.library().exists():
            current.note = DONE
            return
        cc = native.compiler()
        complaint = native.build(cc) if cc is not None else None
        if cc is None:
            current.note = "không có trình biên dịch C, dùng Python · no C compiler (apt install gcc), in Python"
        elif complaint is not None:
            line(complaint)
            current.note = f"{cc}: không biên dịch được, dùng Python · cannot compile, in Python"


def translations() -> None:
    """Compile every catalogue (``.po``) into the form that gettext reads (``.mo``)."""
    with step("Bản dịch · Translations") as current:
        catalogues = [path for name in CATALOGUES for path in sorted((ROOT / name / "locale").glob("*/LC_MESSAGES/*.po"))]
        stamp = Stamp("translations", digest(catalogues))
        if stamp.is_current(*(path.with_suffix(".mo") for path in catalogues)):
            current.note = DONE
            return
        quietly(
            [str(PYTHON), "-m", "deploy.command.catalogues", *map(str, catalogues)],
            "bản dịch có lỗi · a translation file is broken",
        )
        stamp.write()


def database(data: Path) -> None:
    """The tables are those of the code. A stamp in the data folder spares SQLite the question; PostgreSQL is always asked."""
    with step("Cơ sở dữ liệu · Database") as current:
        migrations = sorted(ROOT.glob("*/migrations/*.py"))
        stamp = Stamp("migrated", digest([*migrations, _LOCKS[False]]), data / "run")
        if not os.environ.get("DATABASE_URL") and stamp.is_current(data / "db.sqlite3"):
            current.note = DONE
            return
        quietly(
            [str(PYTHON), "-m", "django", "migrate", "--no-input", "--verbosity", "0"],
            "không chuẩn bị được cơ sở dữ liệu · cannot prepare the database",
            env=environment(DIEMCAU_DATA=str(data)),
        )
        stamp.write()


def settings(data: Path) -> None:
    """What the environment sets can be followed. Asked again when anything of it has changed."""
    with step("Thiết lập · Settings") as current:
        own = [
            f"{name}={value}"
            for name, value in sorted(os.environ.items())
            if name.startswith(("DIEMCAU_KEEPING", "DIEMCAU_DISK"))
        ]
        stamp = Stamp("settings", digest([ROOT / "deploy" / "settings.py", _LOCKS[False]], *own), data / "run")
        if stamp.is_current():
            current.note = DONE
            return
        quietly(
            [str(PYTHON), "-m", "django", "check", "--tag", "keeping", "--fail-level", "ERROR"],
            "thiết lập không hợp lệ · the settings in the environment cannot be followed",
            env=environment(DIEMCAU_DATA=str(data)),
        )
        stamp.write()


def static_files(data: Path) -> None:
    """What nginx gives out itself, together in one folder."""
    with step("Tệp tĩnh · Static files"):
        quietly(
            [str(PYTHON), "-m", "django", "collectstatic", "--no-input", "--clear", "--verbosity", "0"],
            "không gom được tệp tĩnh · cannot collect the static files",
            env=environment(DIEMCAU_DATA=str(data)),
        )


def demo(data: Path) -> None:
    """Demo data, made once a day: a session that was not held moves to today."""
    with step("Dữ liệu mẫu · Demo data") as current:
        sources = [path for path in files_under(ROOT / "deploy" / "demo") if path.suffix != ".pyc"]
        day = dt.datetime.now(dt.timezone(dt.timedelta(hours=7))).date().isoformat()
        stamp = Stamp("demo", digest(sources, day, os.environ.get("DATABASE_URL", "")), data / "run")
        if stamp.is_current(data / "demo-logins.json"):
            current.note = DONE
            return
        quietly(
            [str(PYTHON), "-m", "django", "demo"],
            "không tạo được dữ liệu mẫu · cannot make the demo data",
            env=environment(DIEMCAU_DATA=str(data)),
        )
        stamp.write()


def free_space(data: Path, at_least_mb: int = 500) -> None:
    """Raises Trouble where the data folder cannot be written or its disk is nearly full."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        for name in ("run", "logs", "static"):
            (data / name).mkdir(exist_ok=True)
    except OSError as error:
        raise Trouble(f"không ghi được vào {data} · cannot write to {data}: {error.strerror}") from error
    if not os.access(data, os.W_OK):
        raise Trouble(f"không ghi được vào {data} · cannot write to {data}")
    free_mb = shutil.disk_usage(data).free // 2**20
    if free_mb < at_least_mb:
        raise Trouble(f"đĩa gần đầy · the disk is nearly full: {free_mb} MB free at {data}, {at_least_mb} MB needed")


def keep_private(data: Path, *, fresh: bool) -> None:
    """Nobody else on the machine reads the data folder. A group that was let in (nginx's, for recordings) stays: only a fresh
    folder is closed to it too."""
    with contextlib.suppress(PermissionError):  # another's folder, in which we may write: theirs to close
        data.chmod(0o700 if fresh else stat.S_IMODE(data.stat().st_mode) & ~0o007)


def _build(node: tools.Node) -> None:
    """Build beside, then swap: a server that runs keeps its files until the new ones are whole."""
    fresh, old = WEB / "dist.new", WEB / "dist.old"
    shutil.rmtree(fresh, ignore_errors=True)
    quietly(
        [node.node, str(WEB / "node_modules" / "vite" / "bin" / "vite.js"), "build", "--outDir", str(fresh), "--emptyOutDir"],
        "không dựng được giao diện · cannot build the pages",
        cwd=WEB,
        env=tools.npm_environment(node),
    )
    shutil.rmtree(old, ignore_errors=True)
    if (WEB / "dist").exists():
        (WEB / "dist").rename(old)
    fresh.rename(WEB / "dist")
    shutil.rmtree(old, ignore_errors=True)


def _venv_is_of(python: str) -> bool:
    """Whether it works, and that interpreter is its base."""
    base = "import os, sys; print(os.path.realpath(sys._base_executable))"
    try:
        return quietly([str(PYTHON), "-c", base], "-").strip() == python
    except Trouble:
        return False


def _python_digest(*, dev: bool) -> str:
    return digest([_LOCKS[dev]], f"{sys.version_info.major}.{sys.version_info.minor}, the quickest")
