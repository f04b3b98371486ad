"""What one sender may bring to the server of the pages."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection

from deploy import web
from deploy.supervisor.kernel import die_with_parent
from deploy.web import MAX_BODY_BYTES
from tests.support.product import ROOT, free_port

MIB = 1 << 20


class Server:
    """The server's process and where it listens."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def memory_kib(self) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("data")
    (data / "static").mkdir()
    port = free_port()
    argv = [sys.executable, "-m", "deploy.web", "--bind", "127.0.0.1", "--port", str(port), "--verbosity", "0"]
    process = subprocess.Popen(
        [*argv, "deploy.asgi:application"],
        cwd=ROOT,
        env={**os.environ, "DIEMCAU_DATA": str(data), "DIEMCAU_HOSTS": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )
    try:
        one = Server(process, port)
        for _ in range(600):
            assert process.poll() is None, "the server does not start"
            try:
                one.connect().close()
                break
            except OSError:
                time.sleep(0.1)
        yield one
    finally:
        process.kill()
        process.wait()


def head(*lines: str, accept: str = "application/json") -> bytes:
    return "\r\n".join(["POST /dang-nhap/ HTTP/1.1", "Host: 127.0.0.1", f"Accept: {accept}", *lines, "", ""]).encode()


def read_answer(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body; the server closes."""
    data = b""
    while chunk := connection.recv(65_536):
        data += chunk
    before, _, body = data.partition(b"\r\n\r\n")
    return int(before.split()[1]), body


def test_a_body_is_refused_before_it_comes_when_it_says_that_it_is_too_large(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head(f"Content-Length: {MAX_BODY_BYTES + 1}", "Expect: 100-continue", accept="text/html"))
        connection.sendall(b"x" * MIB)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413 ")
    with server.connect() as connection:
        connection.sendall(head(f"Content-Length: {50 << 30}"))
        connection.settimeout(20)
        data = connection.recv(65_536)
        assert json.loads(data.partition(b"\r\n\r\n")[2])["error"]["code"] == "core.too_large"


def test_a_person_gets_a_page_that_says_so(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head(f"Content-Length: {MAX_BODY_BYTES + 1}", accept="text/html,*/*"))
        data = b""
        while b"</html>" not in data:
            chunk = connection.recv(65_536)
            assert chunk
            data += chunk
        assert "64 MB" in data.decode() and "core.too_large" in data.decode()


def test_a_body_in_chunks_is_refused_once_it_is_too_large_and_is_not_kept(server: Server) -> None:
    before = server.memory_kib()
    chunk = f"{MIB:x}\r\n".encode() + b"x" * MIB + b"\r\n"
    with server.connect() as connection:
        connection.sendall(head("Transfer-Encoding: chunked"))
        for _ in range(2 * MAX_BODY_BYTES // MIB):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")
        status, body = read_answer(connection)
    assert status == 413 and json.loads(body)["error"]["code"] == "core.too_large"
    assert server.memory_kib() - before < 40 * 1024


def test_a_body_that_fits_is_taken(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head("Content-Length: 100000", "Connection: close") + b"x" * 100_000)
        status, _ = read_answer(connection)
        assert status != 413


def test_forms_are_read_by_django_in_a_thread_not_on_the_event_loop(server: Server) -> None:
    with server.connect() as connection:  # Twisted's own parser would answer this with a bare 400, and stop everybody for others
        connection.sendall(head("Content-Type: multipart/form-data", "Content-Length: 2", "Connection: close") + b"xx")
        status, body = read_answer(connection)
        assert status in (400, 403) and json.loads(body)["error"]["code"].startswith("core.")


def test_nobody_outside_says_below_which_address_the_site_stands(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nDaphne-Root-Path: /elsewhere\r\nConnection: close\r\n\r\n")
        data = b""
        while chunk := connection.recv(65_536):
            data += chunk
    assert b"302" in data.splitlines()[0] and b"/elsewhere" not in data


@pytest.mark.parametrize(("each_look", "cut"), [(20 * 1024, True), (64 * 1024, False)])
def test_a_body_that_comes_too_slowly_is_cut_off(monkeypatch: pytest.MonkeyPatch, each_look: int, cut: bool) -> None:
    clock = Clock()
    monkeypatch.setattr(web, "reactor", clock)
    daphne = SimpleNamespace(protocol_connected=lambda protocol: None, protocol_disconnected=lambda protocol: None)
    protocol = web.BoundedFactory(daphne).buildProtocol(None)
    transport = StringTransportWithDisconnection()
    transport.protocol = protocol
    protocol.makeConnection(transport)
    protocol.dataReceived(head("Content-Length: 9000000"))
    for _ in range(3):
        if transport.connected:
            protocol.dataReceived(b"x" * each_look)
        clock.advance(web.LOOK_S)
    assert transport.connected is not cut
    if transport.connected:
        transport.abortConnection()


def opened(transport: StringTransportWithDisconnection) -> web.BoundedSocket:
    """A page's connection, right after its upgrade."""
    page = web.SocketFactory(server_class=None).buildProtocol(None)
    page.makeConnection(transport)
    page.state = page.STATE_OPEN
    transport.registerProducer(page, True)
    return page


def test_a_text_for_many_pages_is_framed_once_and_reaches_each_whole() -> None:
    lines = [StringTransportWithDisconnection(), StringTransportWithDisconnection()]
    pages = [opened(line) for line in lines]
    text = "Phiên đã bắt đầu " * 20
    for page in pages:
        page.factory = pages[0].factory
        page.serverSend(text)
        page.serverSend("ngắn")
    payload, short = text.encode(), "ngắn".encode()
    frames = bytes((0x81, 126)) + len(payload).to_bytes(2, "big") + payload + bytes((0x81, len(short))) + short
    assert [line.value() for line in lines] == [frames, frames]
    assert pages[0].factory.framed(text) is pages[0].factory.framed(text)


def test_a_page_that_does_not_read_is_cut_off_and_one_that_is_only_slow_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    time_s = [100.0]
    monkeypatch.setattr(web, "monotonic_s", lambda: time_s[0])
    for wait_s, messages, cut in ((web.MAX_UNREAD_S - 1, 1, False), (web.MAX_UNREAD_S + 1, 1, True), (0.0, 5, True)):
        line = StringTransportWithDisconnection()
        aborted: list[bool] = []
        line.abortConnection = lambda aborted=aborted: aborted.append(True)
        page = opened(line)
        page.pauseProducing()
        time_s[0] += wait_s
        for _ in range(messages):
            page.serverSend("x" * (1 << 20))
        assert bool(aborted) == cut
        if not cut:
            page.resumeProducing()
            time_s[0] += 3600
            page.serverSend("xin chào")
            assert not aborted and line.value().endswith("xin chào".encode())


PING, EMPTY_PART = bytes((0x89, 0x80)) + b"mask", bytes((0x00, 0x80)) + b"mask"
BEGINNING = bytes((0x01, 0x80)) + b"mask"


@pytest.mark.parametrize(("first", "frame"), [(b"", PING), (BEGINNING, EMPTY_PART)])
def test_a_page_that_sends_frames_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch, first: bytes, frame: bytes) -> None:
    time_s = [100.0]
    monkeypatch.setattr(web, "monotonic_s", lambda: time_s[0])
    line = StringTransportWithDisconnection()
    aborted: list[bool] = []
    line.abortConnection = lambda: aborted.append(True)
    page = opened(line)
    page.inside_message, page.current_frame, page.websocket_version = False, None, 13  # as its upgrade leaves it
    page.dataReceived(first + frame * 200)
    for _ in range(20):
        time_s[0] += 1
        page.dataReceived(frame * 50)
    assert not aborted, "so many a second it may"
    line.clear()
    page.dataReceived(frame * 1000)
    assert aborted == [True]
    assert len(line.value()) < 400 * 2, "what came behind is not answered"
