"""A TURN server for one benchmark: coturn, set up as deploy/production/turnserver.conf says."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.parts.host import NotHere

_SAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "production" / "turnserver.conf"
_REPLACED = ("listening-ip", "relay-ip", "listening-port", "tls-listening-port", "cert", "pkey", "static-auth-secret")
_DROPPED = ("syslog", "allowed-peer-ip")


@contextlib.asynccontextmanager
async def turn_server(folder: Path, address: str, scheme: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Serves at ``address`` until left; gives the ``RTCIceServer`` list for a page, over "tcp" or "tls". Raises NotHere."""
    program = shutil.which("turnserver")
    if program is None:
        raise NotHere("apt install coturn")
    secret = secrets.token_hex(16)
    plain, tls = _free_port(address), _free_port(address)
    await _certificate(folder, address)
    values = {
        **{"listening-ip": address, "relay-ip": address, "listening-port": str(plain), "tls-listening-port": str(tls)},
        **{"cert": str(folder / "turn.crt"), "pkey": str(folder / "turn.key"), "static-auth-secret": secret},
    }
    lines = [line for line in _SAMPLE.read_text().splitlines() if line.partition("=")[0] not in (*_REPLACED, *_DROPPED)]
    lines += [f"{key}={value}" for key, value in values.items()]
    lines += [f"allowed-peer-ip={address}", f"pidfile={folder}/turn.pid", f"userdb={folder}/turn.db", "no-rfc5780"]
    config = folder / "turnserver.conf"
    config.write_text("\n".join(lines) + "\n")
    with (folder / "turn.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(program, "-c", str(config), "--log-file", "stdout"), stdout=log, stderr=log, cwd=folder
        )
    try:
        await _listens(address, plain)
        yield [
            _server(
                secret, f"turn:{address}:{plain}?transport=tcp" if scheme == "tcp" else f"turns:{address}:{tls}?transport=tcp"
            )
        ]
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 5)
            except TimeoutError:
                process.kill()
                await process.wait()


def _server(secret: str, url: str) -> dict[str, Any]:
    from conference.turn import time_limited

    username, credential = time_limited(secret, "networks", datetime.now(UTC))
    return {"urls": [url], "username": username, "credential": credential}


async def _certificate(folder: Path, address: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={address}"),
        *("-addext", f"subjectAltName=IP:{address}", "-keyout", str(folder / "turn.key"), "-out", str(folder / "turn.crt")),
        stderr=asyncio.subprocess.DEVNULL,
    )
    if await asyncio.wait_for(process.wait(), 30):
        raise NotHere("openssl cannot make a certificate")


async def _listens(address: str, port: int) -> None:
    for _ in range(100):
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 2)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise NotHere("coturn does not start")


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port
