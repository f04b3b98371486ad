"""``./diemcau run``: set up what is missing, then web, media node, worker and beat until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import secrets
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.command import metrics, network, setup
from deploy.command.places import ADDRESS_FILE, DEFAULT_DATA, PYTHON, ROOT, RUN_VARIABLE, data_folder, environment
from deploy.command.readiness import Readiness, announce
from deploy.command.say import Trouble
from deploy.supervisor.child import Program
from deploy.supervisor.logbook import Logbook
from deploy.supervisor.supervisor import NeverReady, Supervisor

MEDIA_PORT = 43478
MAX_NODES = 64
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  (compared with, never bound by default)
_LOCAL = {"127.0.0.1", "::1", "localhost"}
MAX_MESSAGE_BYTES = 512 * 1024
"""The largest WebSocket message that reaches the application, which itself refuses half of that with a clear error."""

WORKER_BOUNDS = ("--concurrency=4", "--max-memory-per-child=400000")
"""One child for decks, two for recordings (see their ``slot``), one that is always free for the sweeps. Memory in KiB."""


@dataclass(frozen=True)
class Listener:
    """Where the pages are served."""

    host: str
    port: int


@dataclass(frozen=True)
class Media:
    """Where the media nodes listen (UDP, a port each), and at which addresses pages are told to reach them."""

    bind: str
    ports: tuple[int, ...]
    addresses: tuple[str, ...]
    local: bool
    """Only this machine is heard."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="TCP port of the pages (default 8000; 0: any free one)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1; 0.0.0.0: the whole network)"
    )
    parser.add_argument(
        "--data", type=data_folder, default=None, metavar="DIR", help="data folder (default .data, or $DIEMCAU_DATA)"
    )
    parser.add_argument("--no-demo", action="store_true", help="do not make demo data")
    parser.add_argument(
        "--media-address",
        action="append",
        metavar="IP",
        help="address at which browsers reach the media node; may be repeated (default: that of --host)",
    )
    parser.add_argument("--media-port", type=int, default=None, help=f"UDP port of the media node (default {MEDIA_PORT}; 0: any)")
    parser.add_argument(
        "--nodes", type=_nodes, default=1, metavar="N", help=f"media nodes, a core each (default 1, at most {MAX_NODES})"
    )
    parser.add_argument("--no-build", action="store_true", help="keep the pages as they were last built, where they were")
    parser.add_argument("--verbose", action="store_true", help="show every log line, not only warnings")


def _nodes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_NODES:
        raise argparse.ArgumentTypeError(f"1 … {MAX_NODES}")
    return int(text)


def add_setup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=data_folder, default=None, metavar="DIR", help="data folder (default .data, or $DIEMCAU_DATA)"
    )


def set_up(options: argparse.Namespace) -> int:
    """All that ``run`` does before it starts processes, without demo data: for installations whose processes systemd runs."""
    data = _data_folder(options)
    with setup.exclusive():
        _prepare(data, build=True)
        setup.static_files(data)
    return 0


def _data_folder(options: argparse.Namespace) -> Path:
    """The data folder, which exists and has room. Raises Trouble."""
    data = (options.data or Path(os.environ.get("DIEMCAU_DATA") or DEFAULT_DATA)).expanduser().resolve()
    fresh = not data.exists()
    setup.free_space(data)
    setup.keep_private(data, fresh=fresh)
    return data


def _prepare(data: Path, *, build: bool) -> None:
    setup.python_packages(dev=False)
    setup.pages(build=build)
    setup.ffmpeg()
    setup.media_node()
    setup.translations()
    setup.settings(data)
    setup.database(data)


def run(options: argparse.Namespace) -> int:
    """Returns the exit code; raises Trouble."""
    data = _data_folder(options)
    with _locked(data):
        web = Listener(options.host, network.claim_tcp(options.host, options.port))
        media = _media(options, web.host)
        with setup.exclusive():
            _prepare(data, build=not (options.no_build and setup.pages_are_built()))
            if not options.no_demo:
                setup.demo(data)
        env = _environment(data, web.host, media.addresses, options.nodes)
        env[RUN_VARIABLE] = secrets.token_hex(8)
        own_address = f"http://{_reached(web.host)}:{web.port}"
        logbook = Logbook(data / "logs", verbose=options.verbose)
        address = f"http://{_shown(web.host)}:{web.port}/"
        ready = Readiness(f"{own_address}/healthz", env[RUN_VARIABLE])
        os.umask(0o027)  # for all that the processes write; not earlier: programs that were fetched are for every user
        nodes = [_node_name(number) for number in range(1, len(media.ports) + 1)]
        places = metrics.claim([*nodes, "worker", "beat"])
        targets = metrics.write_targets(data, {"web": f"{_reached(web.host)}:{web.port}", **places})
        supervisor = Supervisor(
            _programs(data, web, media, env, places),
            logbook,
            ready=ready,
            announce=lambda: announce(address, data, demo=not options.no_demo, unwell=ready.unwell),
        )
        place = data / "run" / ADDRESS_FILE
        place.write_text(f"{own_address}\n")
        try:
            asyncio.run(supervisor.run())
        except NeverReady as error:
            name = error.child or "web"
            message = f"“{name}” không khởi động được · “{name}” does not start; see {data / 'logs'}"
            raise Trouble(message, logbook.tail(name)) from None
        finally:
            place.unlink(missing_ok=True)
            targets.unlink(missing_ok=True)
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
    # Firefox does not connect to 127.0.0.1, even on the same machine: pages there are told the machine's other address too.
    # Linux alone lets the node listen there and yet hear no other machine.
    if host in _EVERYWHERE or (host in _LOCAL and sys.platform == "linux"):
        return list(dict.fromkeys([network.own_address(), "127.0.0.1"]))
    return ["127.0.0.1" if host in _LOCAL else host]


def _media(options: argparse.Namespace, host: str) -> Media:
    addresses = tuple(options.media_address or _addresses(host))
    # Several addresses, or one that is not this machine's own (a router's): listen on all; else on the one that pages are told.
    everywhere = len(addresses) > 1 or host in _EVERYWHERE or not network.is_own(addresses[0])
    bind = "0.0.0.0" if everywhere else addresses[0]  # noqa: S104
    local = everywhere and host in _LOCAL and not options.media_address
    ports = [network.claim_udp(bind, options.media_port, MEDIA_PORT)]
    while len(ports) < options.nodes:
        ports.append(network.claim_udp(bind, None, ports[-1] + 1))
    return Media(bind, tuple(ports), addresses, local)


def _environment(data: Path, host: str, addresses: tuple[str, ...], nodes: int) -> dict[str, str]:
    """What every process of the run gets. What the person has set in the environment wins."""
    env = environment(DIEMCAU_DATA=str(data))
    env.setdefault("DIEMCAU_LOG", "json")
    env["DIEMCAU_NODES"] = ",".join(_control(data, number) for number in range(1, nodes + 1))
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host in _EVERYWHERE:
        names += [socket.gethostname(), f".{socket.gethostname()}", *addresses]
    else:
        names += [f"[{host}]" if ":" in host else host]
    names += filter(None, env.get("DIEMCAU_HOSTS", "").split(","))
    env["DIEMCAU_HOSTS"] = ",".join(dict.fromkeys(names))
    return env


def _programs(data: Path, web: Listener, media: Media, env: dict[str, str], places: Mapping[str, str]) -> list[Program]:
    """``places``: where each but web serves its metrics, by name."""
    python = str(PYTHON)
    # In a container everything is root's, and Celery's warning of it is half a screen long.
    celery = [python, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "--app", "deploy.celery"]
    pages = ["--bind", web.host, "--port", str(web.port), "--no-server-name", "--verbosity", "0"]
    limits = ["--websocket-max-message-size", str(MAX_MESSAGE_BYTES), "--websocket-max-frame-size", str(MAX_MESSAGE_BYTES)]
    argvs = {
        **{
            _node_name(number): [*_node(data, media, number), "--metrics", places[_node_name(number)]]
            for number in range(1, len(media.ports) + 1)
        },
        "web": [python, "-m", "deploy.web", *pages, *limits, "deploy.asgi:application"],
        "worker": [*celery, "worker", *WORKER_BOUNDS, "--without-gossip", "--without-mingle", "--loglevel=INFO"],
        "beat": [*celery, "beat", "--loglevel=INFO", "--pidfile="],
    }
    # What is live goes first: at the start, and while recordings are coded.
    nice = {"node": -5, "web": -5, "worker": 5, "beat": 5}
    own = {name: env | metrics.of_task_process(data, name, places[name]) for name in ("worker", "beat")}
    return [
        Program(name, tuple(argv), own.get(name, env), ROOT, nice=nice[name.partition("-")[0]]) for name, argv in argvs.items()
    ]


def _node_name(number: int) -> str:
    return "node" if number == 1 else f"node-{number}"


def _control(data: Path, number: int) -> str:
    return f"unix:{data / 'run' / _node_name(number)}.sock"


def _node(data: Path, media: Media, number: int) -> list[str]:
    argv = [str(PYTHON), "-m", "media.sfu", "--data", str(data), "--control", _control(data, number)]
    argv += ["--udp-port", str(media.ports[number - 1]), "--bind", media.bind, *(f"--address={each}" for each in media.addresses)]
    argv += ["--local"] if media.local else []
    return [*argv, "--relay", "127.0.0.1:0"] if len(media.ports) > 1 else argv


def _reached(host: str) -> str:
    """The address at which this machine itself reaches a listener."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{here}]" if ":" in here else here


def _shown(host: str) -> str:
    return network.own_address() if host == "0.0.0.0" else "localhost" if host == "127.0.0.1" else _reached(host)  # noqa: S104
