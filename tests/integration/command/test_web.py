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
    environment = {**os.environ, "DIEMCAU_DATA": str(data), "DIEMCAU_HOSTS": "127.0.0.1"}
    yield from started([*argv, "deploy.asgi:application"], ROOT, environment, port)


def started(argv: list[str], folder: Path, environment: dict[str, str], port: int) -> Iterator[Server]:
    """The process, once it listens."""
    process = subprocess.Popen(
        argv,
        cwd=folder,
        env=environment,
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


MANY_PARTS = """
from deploy import web

async def application(scope, receive, send):
    size = 256 << 20 if scope["path"] == "/long" else 1000
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(size).encode())]})
    if scope["path"] == "/short":
        await send({"type": "http.response.body", "body": b"x" * 10})
        return
    for _ in range(1024):
        await send({"type": "http.response.body", "body": bytes(1 << 18), "more_body": True})
    await send({"type": "http.response.body"})

if __name__ == "__main__":
    web.MAX_STALL_S = 3.0
    web.main()
"""


@pytest.fixture(scope="module")
def sending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Our server before an application that sends as much as it is let."""
    folder, port = tmp_path_factory.mktemp("sending"), free_port()
    (folder / "sends.py").write_text(MANY_PARTS)
    argv = [sys.executable, "sends.py", "--bind", "127.0.0.1", "--port", str(port), "--verbosity", "0", "sends:application"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{folder}", "DJANGO_SETTINGS_MODULE": "deploy.settings"}
    yield from started(argv, folder, environment, port)


def ask(connection: socket.socket, path: str) -> None:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())


def test_who_does_not_read_a_download_fills_no_memory_and_is_cut_off(sending: Server) -> None:
    before = sending.memory_kib()
    silent = [sending.connect() for _ in range(6)]
    for each in silent:
        ask(each, "/long")
    with sending.connect() as reader:  # who reads gets all of it meanwhile
        ask(reader, "/long")
        got = 0
        while got < 256 << 20 and (chunk := reader.recv(1 << 20)):
            got += len(chunk)
    assert got >= 256 << 20
    assert sending.memory_kib() - before < 40 * 1024
    time.sleep(4)  # more than MAX_STALL_S there
    for each in silent:
        with each, pytest.raises(ConnectionResetError):
            while each.recv(1 << 20):
                pass


def test_an_answer_that_ends_too_early_ends_the_connection(sending: Server) -> None:
    with sending.connect() as connection:
        ask(connection, "/short")
        assert read_answer(connection) == (200, b"x" * 10)


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
