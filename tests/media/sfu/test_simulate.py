"""``./diemcau simulate``: its parts, and a short run against the whole product."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.command.say import Trouble
from deploy.command.simulate.logins import log_in
from deploy.command.simulate.picture import FRAMES_PER_SECOND, SECONDS, draw, site_picture
from deploy.command.simulate.visitor import Login, Visit, address_of, interleaved, read_cast
from deploy.command.simulate.websocket import Closed, WebSocket, connect
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate
from media.simpeer import SimUp
from media.simpeer_clip import Clip, Piece, play, read_clip
from tests.support.product import SMALL_RECORDING, running
from tests.support.seed import planted


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """A client's frame as a server reads it: it must be masked."""
    first, second = await reader.readexactly(2)
    assert second & 0x80
    length = second & 0x7F
    if length >= 126:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), "big")
    mask = await reader.readexactly(4)
    data = await reader.readexactly(length)
    return first & 0x0F, bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))


async def test_websocket_speaks_as_a_browser_does() -> None:
    heads: list[str] = []
    heard: list[tuple[int, bytes]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heads.append(head)
        found = re.search(r"Sec-WebSocket-Key: (\S+)", head)
        assert found is not None and len(base64.b64decode(found[1])) == 16
        accept = hashlib.sha1(found[1].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324
        writer.write(b"HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: " + base64.b64encode(accept) + b"\r\n\r\n")
        writer.write(b"\x89\x02hi" + b"\x01\x03one" + b"\x80\x04 two")
        heard.append(await read_frame(reader))
        heard.append(await read_frame(reader))
        big = "ế".encode() * 30_000
        writer.write(b"\x81\x7f" + struct.pack("!Q", len(big)) + big + b"\x88\x02" + struct.pack("!H", 4403))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        socket = await connect(f"http://127.0.0.1:{port}", "/ws/x/", "sessionid=1")
        assert await socket.receive() == "one two"
        await socket.send("đồng chí " * 100)
        assert await socket.receive() == "ế" * 30_000
        with pytest.raises(Closed) as closed:
            await socket.receive()
        assert closed.value.code == 4403
        await socket.close()
    assert heard == [(10, b"hi"), (1, ("đồng chí " * 100).encode())]
    assert f"Origin: http://127.0.0.1:{port}\r\n" in heads[0] and "Cookie: sessionid=1\r\n" in heads[0]


async def test_websocket_ends_when_the_server_goes() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"\x81\x7eto")
    reader.feed_eof()
    with pytest.raises(Closed):
        await WebSocket(reader, None).receive()  # type: ignore[arg-type]


def test_cast_is_read_from_the_demo(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="no demonstration data"):
        read_cast(tmp_path)
    printed = [{"username": name, "password": "p"} for name in ("chu-tri", "bao-cao-vien")]
    (tmp_path / "demo-logins.json").write_text(json.dumps(printed))
    (tmp_path / "demo-simulated.json").write_text(json.dumps({"password": "q", "sites": ["a", "b", "c"], "delegates": ["d"]}))
    cast = read_cast(tmp_path)
    assert [(login.username, site) for login, site in interleaved(cast, 2, 5)] == [("a", True), ("d", False), ("b", True)]
    assert (cast.chair, cast.sites[0]) == (Login("chu-tri", "p"), Login("a", "q"))


def test_address_is_that_of_the_run_on_the_data_folder(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="nothing runs"):
        address_of(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "address").write_text("http://127.0.0.1:8123\n")
    assert address_of(tmp_path) == "http://127.0.0.1:8123"


def test_session_is_found_on_the_home_page() -> None:
    assert Visit("", '<a class="button" href="/hop/abcd2345efgh/">Vào</a>').session == "abcd2345efgh"
    assert Visit("", "<p>Không có</p>").session is None


def test_site_is_drawn_and_encoded_once(tmp_path: Path) -> None:
    path = site_picture(tmp_path, 3)
    made = path.stat().st_mtime_ns
    assert site_picture(tmp_path, 3) == path and path.stat().st_mtime_ns == made
    clip = read_clip(path)
    assert len(clip.pieces) == SECONDS * FRAMES_PER_SECOND
    keyframes = [piece.at_us for piece in clip.pieces if not piece.data[0] & 1]
    assert keyframes == [second * 1_000_000 for second in range(SECONDS)]
    assert draw(1, 0).tobytes() != draw(2, 0).tobytes() != draw(2, 3).tobytes()


async def test_clip_goes_on_from_a_keyframe_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    up = SimUp(Certificate(), NodeClock())
    monkeypatch.setattr(up.camera, "send_picture", lambda frame, at_us: sent.append(frame))
    frames = [bytes((0 if number % 3 == 0 else 1, number)) for number in range(12)]
    clip = Clip(tuple(Piece(number * 20_000, False, frame) for number, frame in enumerate(frames)), 240_000)
    pauses = iter([False] * 3 + [True] * 3)
    await play(clip, up, NodeClock(), paused=lambda: len(sent) >= 5 and next(pauses, False))
    numbers = [frame[1] for frame in sent]
    back = next(place for place, (a, b) in enumerate(pairwise(numbers)) if b <= a)
    assert numbers[back + 1] % 3 == 0, "it goes on with a key frame"
    assert sorted(set(numbers)) == list(range(12))


async def test_clip_ends_when_stopped() -> None:
    up = SimUp(Certificate(), NodeClock())
    await play(Clip((Piece(60_000_000, True, b"x"),), 60_000_000), up, NodeClock(), stopped=lambda: True)
    assert up.microphone.packets == 0


@pytest.mark.browser
def test_session_lives_when_simulated(tmp_path: Path) -> None:
    with running(planted(tmp_path / "data"), **SMALL_RECORDING) as product:
        argv = [sys.executable, "-m", "deploy.command.simulate", "--data", str(product.data)]
        done = subprocess.run(
            [*argv, "--sites", "3", "--delegates", "1", "--minutes", "0.6"], capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stderr
        assert "6 có mặt · present, 6 nhận tiếng" in done.stdout, done.stdout + done.stderr
        packets = re.search(r"(\d+) packets came", done.stdout)
        assert packets is not None and int(packets[1]) > 500
        assert list(product.data.glob("captures/*/*-mic-1.cap"))
        assert "Traceback" not in done.stderr + product.log("web") + product.log("node")


async def test_whoever_has_no_database_at_hand_signs_in_at_the_page(tmp_path: Path) -> None:
    assert await log_in(tmp_path, ["dc-an-bien"]) == {}
