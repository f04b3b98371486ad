"""Memory stays flat however many come and go: what a visit took is free when it ends, and waits for no garbage collection."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL
from pylibsrtp._binding import lib

from media import wire
from media.client import NodeClient
from media.sfu import fanout_native, fanout_python
from media.sfu.capture import LayerCapture, TrackCapture
from media.sfu.clock import NodeClock
from media.sfu.down import DownTrack, Segment
from media.sfu.down_connection import DownConnection
from media.sfu.dtls import Certificate, DtlsEndpoint, DtlsFailed, Srtp
from media.sfu.ice import LiteTransport
from media.sfu.layer import Layer, Packet
from media.sfu.node import Node
from media.sfu.up import Reader, Stream, UpTrack
from media.sfu.up_connection import UpConnection
from media.simpeer import SimDown, SimUp
from media.simpeer_clip import play
from tests.media.sfu.conftest import serve
from tests.media.sfu.packets import Pipe
from tests.media.sfu.test_peers import SESSION, clip, program, until

OF_A_VISIT = {
    UpConnection, Reader, Stream, UpTrack, Layer, Packet,
    DownConnection, DownTrack, Segment, LiteTransport,
    fanout_python.PythonOutlet, fanout_python.PythonMember, fanout_python.PythonAudience,
    TrackCapture, LayerCapture,
    fanout_native.NativeOutlet, fanout_native.NativeMember, fanout_native.NativeAudience,
}  # fmt: skip
OF_AN_ASSOCIATION = {DtlsEndpoint, Srtp, SSL.Connection, SSL.Context}
CERTIFICATE = Certificate()


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No garbage collection: what only one would free stays, and is seen."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def alive(kinds: set[type]) -> Counter[str]:
    return Counter(type(each).__name__ for each in gc.get_objects() if type(each) in kinds)


class Visitor:
    """Comes with both connections and speaks."""

    def __init__(self, client: NodeClient, name: str) -> None:
        self.name = name
        self.clock = NodeClock()
        self.up, self.down = SimUp(CERTIFICATE, self.clock), SimDown(CERTIFICATE, self.clock)
        self._client = client
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self) -> None:
        answer = await self._client.publish(SESSION, self.name, self.up.offer())
        offer = await self._client.subscribe(SESSION, self.name)
        await self._client.subscribed(SESSION, self.name, self.down.answer(offer))
        self._tasks = [asyncio.create_task(self.up.run(answer)), asyncio.create_task(self.down.run())]
        for link in (self.up.link, self.down.link):
            await asyncio.wait_for(link.connected.wait(), 20)
        self._tasks.append(asyncio.create_task(play(clip(20), self.up, self.clock)))

    async def vanish(self) -> None:
        """End without a word to the node, not even DTLS's."""
        for link in (self.up.link, self.down.link):
            link._put = lambda data: None  # type: ignore[method-assign]
        await self.stop()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []


def keys_of(node: Node) -> list[weakref.ref[Any]]:
    """The SRTP sessions of all who are there now."""
    session = node.sessions[SESSION]
    found = []
    for connection in (*session.ups.values(), *session.downs.values()):
        assert connection.outlet is not None and connection._inbound is not None
        found += [weakref.ref(each._session) for each in (connection._inbound, connection.outlet.srtp)]
    return found


async def meet(node: Node, client: NodeClient, how: str) -> list[weakref.ref[Any]]:
    """Two come, see and hear each other, and go; their keys."""
    recording = {"recording": "rec1"} if how == "recorded" else {}
    await client.set_program(SESSION, program(1, speaker="hub", voices=("hub", "district"), **recording))
    hub, district = Visitor(client, "hub"), Visitor(client, "district")
    await hub.come()
    await district.come()
    await until("nothing comes", lambda: district.down.heard["speaker"].packets > 3 and hub.down.heard["voice1"].packets > 3)
    await client.set_program(SESSION, program(1, speaker="district", voices=("district",), **recording))
    await until("the change does not come", lambda: hub.down.heard["speaker"].packets > 10)
    keys = keys_of(node)
    if how == "replaced":
        again = Visitor(client, "hub")
        await again.come()
        await again.stop()
    for visitor in (hub, district):
        if how == "vanished":
            await visitor.vanish()
            continue
        if how == "dropped":
            await client.drop(SESSION, visitor.name)
        await visitor.stop()
    await until("connections stay", lambda: not node._by_ufrag)
    return keys


@pytest.mark.parametrize("how", ["closed", "dropped", "replaced", "vanished", "recorded"])
@pytest.mark.parametrize("kind", ["python", "native"])
async def test_nothing_stays_of_who_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uncollected: None, how: str, kind: str
) -> None:
    if kind == "native" and fanout_native.load() is None:
        pytest.skip("no C compiler on this machine")
    monkeypatch.setenv("DIEMCAU_FANOUT", kind)
    if how == "vanished":
        monkeypatch.setattr("media.sfu.connection.GONE_US", 1_000_000)
    path = tmp_path / "run" / "node.sock"
    async with serve(tmp_path, wire.UnixAddress(str(path))) as (node, _), NodeClient(f"unix:{path}") as client:
        node.recorder._command = lambda folder, recording: [sys.executable, "-c", "import time; time.sleep(60)"]
        before = alive(OF_A_VISIT)
        keys = [key for _ in range(2) for key in await meet(node, client, how)]
        await asyncio.sleep(0.1)
        assert alive(OF_A_VISIT) == before
        assert len(keys) == 16 and not any(key() for key in keys)


async def test_nothing_stays_of_who_never_came(tmp_path: Path, uncollected: None) -> None:
    path = tmp_path / "run" / "node.sock"
    async with serve(tmp_path, wire.UnixAddress(str(path))) as (node, _), NodeClient(f"unix:{path}") as client:
        before = alive(OF_A_VISIT)
        for _ in range(3):
            await client.publish(SESSION, "hub", SimUp(CERTIFICATE, NodeClock()).offer())
            await client.subscribe(SESSION, "hub")
            await client.drop(SESSION, "hub")
            await until("connections stay", lambda: not node._by_ufrag)
        impostor = SimUp(CERTIFICATE, NodeClock())
        offer = impostor.offer().replace(CERTIFICATE.fingerprint, Certificate().fingerprint)
        attempt = asyncio.create_task(impostor.run(await client.publish(SESSION, "hub", offer)))
        await until("the impostor came in", lambda: not node._by_ufrag)
        attempt.cancel()
        await asyncio.gather(attempt, return_exceptions=True)
        await asyncio.sleep(0.1)
        assert alive(OF_A_VISIT) == before


class Contexts:
    """Stands for libsrtp in pylibsrtp, and counts the contexts that are made and freed."""

    def __init__(self, lib: Any) -> None:
        self.made = self.freed = 0
        self._lib = lib

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lib, name)

    def srtp_create(self, *arguments: Any) -> Any:
        self.made += 1
        return self._lib.srtp_create(*arguments)

    def srtp_dealloc(self, context: Any) -> Any:
        self.freed += 1
        return self._lib.srtp_dealloc(context)


async def test_openssl_and_libsrtp_are_free_when_an_association_has_ended(
    monkeypatch: pytest.MonkeyPatch, uncollected: None
) -> None:
    contexts = Contexts(lib)
    monkeypatch.setattr("pylibsrtp.lib", contexts)
    one, other, stranger = Certificate(), Certificate(), Certificate()

    async def associate(expected: Certificate) -> bool:
        to_server, to_client = asyncio.Queue[bytes](), asyncio.Queue[bytes]()
        server = DtlsEndpoint(Pipe("controlled", to_server, to_client), one)
        client = DtlsEndpoint(Pipe("controlling", to_client, to_server), other, server=False)
        shaking = asyncio.create_task(client.handshake(("sha-256", one.fingerprint)))
        try:
            await server.handshake(("sha-256", expected.fingerprint))
        except DtlsFailed:
            return False
        else:
            await shaking
            await client.close()
            await asyncio.wait_for(server.closed.wait(), 10)
            return True
        finally:
            await asyncio.wait((shaking,))
            await server.close()
            await client.close()

    assert await associate(other)
    before = alive(OF_AN_ASSOCIATION)
    assert [await associate(expected) for expected in (other, other, stranger)] == [True, True, False]
    await asyncio.sleep(0)
    assert alive(OF_AN_ASSOCIATION) == before
    assert contexts.made == contexts.freed > 0
