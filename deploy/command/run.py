"""``./diemcau run``: set up what is missing, then web, media node, worker and beat until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import socket
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from deploy.command import network, setup
from deploy.command.places import DEFAULT_DATA, PYTHON, ROOT, environment
from deploy.command.say import Trouble, line
from deploy.supervisor.child import Program
from deploy.supervisor.logbook import Logbook
from deploy.supervisor.supervisor import NeverReady, Supervisor

MEDIA_PORT = 43478
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  (compared with, never bound by default)
_SOCKET_PATH_LIMIT = 100
"""Bytes; sun_path of a Unix socket holds 108 on Linux."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="TCP port of the pages (default 8000; 0: any free one)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1; 0.0.0.0: the whole network)"
    )
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default .data, or $DIEMCAU_DATA)")
    parser.add_argument("--no-demo", action="store_true", help="do not make demo data")
    parser.add_argument(
        "--media-address",
        action="append",
        metavar="IP",
        help="address at which browsers reach the media node; may be repeated (default: that of --host)",
    )
    parser.add_argument("--media-port", type=int, default=None, help=f"UDP port of the media node (default {MEDIA_PORT}; 0: any)")
    parser.add_argument("--verbose", action="store_true", help="show every log line, not only warnings")


def run(options: argparse.Namespace) -> int:
    """Returns the exit code; raises Trouble."""
    data = (options.data or Path(os.environ.get("DIEMCAU_DATA") or DEFAULT_DATA)).expanduser().resolve()
    setup.free_space(data)
    with _locked(data):
        port = network.claim_tcp(options.host, options.port)
        addresses = options.media_address or _addresses(options.host)
        # Bound to every address of a network-wide run, else to the one that browsers are told.
        media_bind = "0.0.0.0" if len(addresses) > 1 or options.host in _EVERYWHERE else addresses[0]  # noqa: S104
        media_port = network.claim_udp(media_bind, options.media_port, MEDIA_PORT)
        with setup.exclusive():
            setup.python_packages(dev=False)
            setup.pages()
            setup.ffmpeg()
            setup.translations()
            setup.database(data)
            if not options.no_demo:
                setup.demo(data)
        env = _environment(data, options.host, addresses)
        logbook = Logbook(data / "logs", verbose=options.verbose)
        address = f"http://{_shown(options.host)}:{port}/"
        supervisor = Supervisor(
            _programs(data, options.host, port, addresses, media_port, env),
            logbook,
            ready=lambda: _answers(f"http://{_reached(options.host)}:{port}/healthz"),
            announce=lambda: _announce(address, data, demo=not options.no_demo),
        )
        try:
            asyncio.run(supervisor.run())
        except NeverReady as error:
            name = error.child or "web"
            message = f"“{name}” không khởi động được · “{name}” does not start; see {data / 'logs'}"
            raise Trouble(message, logbook.tail(name)) from None
        finally:
            logbook.close()
    return 0


@contextlib.contextmanager
def _locked(data: Path) -> Iterator[None]:
    """The data folder is ours alone; the kernel gives the lock back however we end."""
    with (data / "run" / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Trouble(
                f"thư mục dữ liệu đang được dùng · the data folder {data} is in use by another run"
                f" (process {lock.read().strip() or '?'}); stop it, or choose another folder with --data"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _addresses(host: str) -> list[str]:
    if host not in _EVERYWHERE:
        return ["127.0.0.1" if host == "localhost" else host]
    return list(dict.fromkeys([network.own_address(), "127.0.0.1"]))


def _environment(data: Path, host: str, addresses: list[str]) -> dict[str, str]:
    """What every process of the run gets. What the person has set in the environment wins."""
    env = environment(DIEMCAU_DATA=str(data))
    env.setdefault("DIEMCAU_LOG", "json")
    env.setdefault("DIEMCAU_NODE", f"unix:{_socket_path(data)}")
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host in _EVERYWHERE:
        names += [socket.gethostname(), f".{socket.gethostname()}", *addresses]
    else:
        names += [f"[{host}]" if ":" in host else host]
    env.setdefault("DIEMCAU_HOSTS", ",".join(dict.fromkeys(names)))
    return env


def _socket_path(data: Path) -> Path:
    """The control socket: in the data folder, or in a private folder where that path is too long for a Unix socket."""
    path = data / "run" / "node.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
        return path
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"diemcau-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        raise Trouble(f"{folder} belongs to somebody else; choose a shorter --data")
    return folder / "node.sock"


def _programs(data: Path, host: str, port: int, addresses: list[str], media_port: int, env: dict[str, str]) -> list[Program]:
    python = str(PYTHON)
    # In a container everything is root's, and Celery's warning of it is half a screen long.
    celery = (python, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "--app", "deploy.celery")
    shown = [option for address in addresses for option in ("--address", address)]
    argvs = {
        "node": (python, "-m", "media.sfu", "--data", str(data), "--udp-port", str(media_port), *shown),
        "web": (
            python,
            "-m",
            "daphne",
            "--bind",
            host,
            "--port",
            str(port),
            "--no-server-name",
            "-v",
            "0",
            "deploy.asgi:application",
        ),
        "worker": (*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        "beat": (*celery, "beat", "--loglevel", "INFO", "--pidfile", ""),
    }
    return [Program(name, tuple(argv), env, ROOT) for name, argv in argvs.items()]


async def _answers(url: str) -> bool:
    """Whether web answers and says that all parts are well."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310  (our own http address)
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False

    return await asyncio.to_thread(ask)


def _reached(host: str) -> str:
    """The address at which this machine itself reaches a listener."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{here}]" if ":" in here else here


def _shown(host: str) -> str:
    return network.own_address() if host == "0.0.0.0" else "localhost" if host == "127.0.0.1" else _reached(host)  # noqa: S104


def _announce(address: str, data: Path, *, demo: bool) -> None:
    line()
    line(f"  Điểm Cầu sẵn sàng · ready:  {address}")
    if demo:
        for login in _logins(data):
            what = login.get("what") or login.get("role", "")
            line(f"    {login.get('username', ''):<20} {login.get('password', ''):<18} {what}")
    line("  Ctrl-C để dừng · Ctrl-C stops everything")
    line()


def _logins(data: Path) -> list[dict[str, str]]:
    try:
        logins = json.loads((data / "demo-logins.json").read_text())
    except (OSError, ValueError):
        return []
    return [login for login in logins if isinstance(login, dict)]
