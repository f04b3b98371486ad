"""The far end: a network namespace behind a :mod:`benchmarks.networks.link`, and how a browser is started in it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import stat
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from benchmarks.parts.host import NotHere, ip

Ways = Mapping[str, float | bool]


class Far:
    """The far end and the link to it."""

    def __init__(self, name: str, net: str, link: asyncio.subprocess.Process) -> None:
        self.name = name
        self.near = f"{net}.1"
        """Where the node listens."""
        self.address = f"{net}.2"
        """Where the far end is; :meth:`move` changes it."""
        self._net = net
        self._link = link

    async def set(self, *, down: Ways | None = None, up: Ways | None = None) -> dict[str, list[int]]:
        """Make the network so from now on; what is not named is perfect. Returns packets [passed, lost] by direction so far."""
        assert self._link.stdin is not None
        assert self._link.stdout is not None
        self._link.stdin.write(json.dumps({"down": down or {}, "up": up or {}}).encode() + b"\n")
        counts: dict[str, list[int]] = json.loads(await asyncio.wait_for(self._link.stdout.readline(), 10))
        return counts

    def move(self) -> None:
        """The far end changes its address, as a laptop does that goes to another Wi-Fi."""
        device, old = _device(self.name), self.address
        self.address = f"{self._net}.{int(old.rpartition('.')[2]) + 1}"
        ip("-n", self.name, "addr", "del", f"{old}/24", "dev", device)
        ip("-n", self.name, "addr", "add", f"{self.address}/24", "dev", device)
        ip("-n", self.name, "route", "replace", "default", "via", self.near, "dev", device)

    def wrapper(self, program: str, folder: Path) -> Path:
        """A script that starts a program at the far end: open pipes stay open, so a debugger's pipe goes around the network."""
        path = folder / f"far-{Path(program).name}"
        path.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {shlex.quote(program)} "$@"\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path


@contextlib.asynccontextmanager
async def far_end(label: str, *, seed: int = 1) -> AsyncIterator[Far]:
    """A far end that is gone afterwards. Raises NotHere where this machine does not allow one."""
    name = f"dc{os.getpid()}{label}"
    near_device, device = f"dn{os.getpid()}{label}"[:15], _device(name)
    net = f"10.78.{os.getpid() % 200 + 20}"
    if not os.access("/dev/net/tun", os.W_OK):
        raise NotHere("no TUN devices here: /dev/net/tun cannot be opened (as root it can)")
    ip("netns", "add", name)
    link = None
    try:
        link = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.networks.link", near_device, device, str(seed)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert link.stdout is not None
        if (await asyncio.wait_for(link.stdout.readline(), 20)).strip() != b"ready":
            raise NotHere("TUN devices cannot be made here")
        ip("link", "set", device, "netns", name)
        far = Far(name, net, link)
        for prefix, each, address in (([], near_device, far.near), (["-n", name], device, far.address)):
            ip(*prefix, "addr", "add", f"{address}/24", "dev", each)
            ip(*prefix, "link", "set", each, "txqueuelen", "2000", "up")
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "route", "add", "default", "via", far.near)
        yield far
    finally:
        if link is not None and link.returncode is None:
            link.kill()
            await link.wait()
        with contextlib.suppress(NotHere):
            ip("netns", "del", name)


def _device(name: str) -> str:
    return f"df{name[2:]}"[:15]
