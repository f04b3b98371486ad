"""A private PostgreSQL and a private Redis for the tests: own folders, own ports on 127.0.0.1, own passwords, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.command import network
from deploy.command.children import end_group, quietly
from deploy.command.places import environment
from deploy.command.say import Trouble, step
from deploy.command.tools import install_packages, postgres_programs
from deploy.supervisor.kernel import die_with_parent

READY_TIMEOUT_S = 60.0


@contextlib.contextmanager
def private_servers() -> Iterator[dict[str, str]]:
    """Start both; yields ``DATABASE_URL`` and ``REDIS_URL``; stops and deletes both. Raises Trouble where they cannot be had."""
    missing = []
    if postgres_programs() is None:
        missing.append("postgresql")
    if shutil.which("redis-server") is None:
        missing.append("redis-server")
    if missing:
        install_packages(missing, "--services")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="diemcau-services-")))
        with step("PostgreSQL"):
            database_url = stack.enter_context(_postgres(folder / "postgres"))
        with step("Redis"):
            redis_url = stack.enter_context(_redis(folder / "redis"))
        yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


@contextlib.contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """PostgreSQL refuses to run as root: then it runs as the user ``postgres`` of Debian's package."""
    programs = postgres_programs()
    failure = "PostgreSQL không khởi động · PostgreSQL does not start"
    if programs is None:
        raise Trouble(failure)
    folder.mkdir()
    user: str | None = None
    if os.geteuid() == 0:
        user = "postgres" if _exists("postgres") else "nobody"
        account = pwd.getpwnam(user)
        folder.parent.chmod(0o711)
        os.chown(folder, account.pw_uid, account.pw_gid)
    password = secrets.token_urlsafe(18)
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if user is not None:
        os.chown(secret, pwd.getpwnam(user).pw_uid, -1)
    before = ("setpriv", f"--reuid={user}", "--clear-groups", "--") if user is not None else ()
    data = folder / "data"
    locale = ("--encoding=UTF8", "--locale=C.UTF-8")
    access = ("--username=diemcau", "--auth=scram-sha-256", f"--pwfile={secret}")
    initdb = (str(programs / "initdb"), f"--pgdata={data}", *locale, *access, "--no-sync")
    quietly([*before, *initdb], failure, cwd=folder, env=environment(HOME=str(folder)))
    port = network.claim_tcp("127.0.0.1", 0)
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "max_connections": "60",
    }
    server = [*before, str(programs / "postgres"), "-D", str(data), *(f"--{key}={value}" for key, value in options.items())]
    with _running(server, folder, lambda: _listens(port) and (data / "postmaster.pid").exists(), failure):
        yield f"postgres://diemcau:{password}@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    folder.mkdir()
    port = network.claim_tcp("127.0.0.1", 0)
    password = secrets.token_urlsafe(18)
    # By a file: arguments of a process can be read by everybody on the machine.
    config = folder / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(f'bind 127.0.0.1\nport {port}\nsave ""\nappendonly no\ndir {folder}\nrequirepass {password}\n')
    failure = "Redis không khởi động · Redis does not start"
    with _running(["redis-server", str(config)], folder, lambda: _listens(port), failure):
        yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextlib.contextmanager
def _running(argv: list[str], folder: Path, ready: Callable[[], bool], failure: str) -> Iterator[None]:
    """A server that runs inside the ``with``; its output is told only when it does not become ready."""
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment(HOME=str(folder)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        try:
            deadline = time.monotonic() + READY_TIMEOUT_S
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Trouble(failure, (folder / "output").read_text(errors="replace"))
                time.sleep(0.1)
            yield
        finally:
            end_group(process)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
