"""WHIP and WHEP through the whole product, with an encoder and a player that we did not write: ffmpeg sends, aiortc watches."""

from __future__ import annotations

import asyncio
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from conference import protocol
from deploy.command.simulate.page import Page
from deploy.command.simulate.visitor import Login, Visit, sign_in
from deploy.supervisor.kernel import die_with_parent
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate
from tests.support.product import PASSWORD, SMALL_RECORDING, running
from tests.support.seed import planted

ENCODER_AT, PLAYER_AT = "Huyện Hòn Đất", "Huyện Tân Hiệp"


def ask(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, named, method=method)  # noqa: S310  (our own http address)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def make_key(site: str, visit: Visit, session: str, kind: str, seat: str) -> tuple[str, str]:
    """Address and token, as the page shows them once."""
    url = f"{site}/phien/{session}/thiet-bi/"
    _, _, page = ask(url, Cookie=visit.cookies)
    value = re.search(rf'<option value="(\w+)">{re.escape(seat)}</option>', page)
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert value is not None and csrf is not None, page
    fields = urllib.parse.urlencode({"seat": value[1], "kind": kind, "csrfmiddlewaretoken": csrf[1]}).encode()
    status, _, made = ask(url, "POST", fields, Cookie=visit.cookies, Origin=site, Referer=url)
    address = re.search(r'data-testid="stream-address">([^<]+)<', made)
    token = re.search(r'data-testid="stream-token">([^<]+)<', made)
    assert status == 200 and address is not None and token is not None
    assert token[1] not in ask(url, Cookie=visit.cookies)[2], "it is shown once"
    return address[1], token[1]


@contextmanager
def encoder(address: str, token: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """ffmpeg's own WHIP: H.264 of an orange picture, and 440 Hz."""
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-re",
        "-f", "lavfi", "-i", "color=c=0xE07020:s=320x180:r=15", "-f", "lavfi", "-i", "sine=440:r=48000",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline", "-bf", "0", "-g", "15",
        "-pix_fmt", "yuv420p", "-c:a", "libopus", "-ac", "2", "-t", "90", "-f", "whip", "-authorization", token, address,
    ]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, preexec_fn=die_with_parent)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)


def seat_of(page: Page, name: str) -> protocol.SeatView:
    assert page.snapshot is not None
    return next(seat for seat in page.snapshot.seats if seat.name == name)


async def watch(player: RTCPeerConnection, address: str, token: str) -> str:
    """What a player does; where its connection can be ended."""
    player.addTransceiver("audio", direction="recvonly")
    player.addTransceiver("video", direction="recvonly")
    await player.setLocalDescription(await player.createOffer())
    offer = player.localDescription.sdp.encode()
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/sdp"}
    status, answered, answer = await asyncio.to_thread(ask, address, "POST", offer, **headers)
    assert status == 201, answer
    await player.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return answered["Location"]


async def test_encoder_is_heard_and_seen_with_the_floor_and_a_player_shows_it(tmp_path: Path) -> None:
    player = RTCPeerConnection()
    received: dict[str, MediaStreamTrack] = {}
    player.on("track", lambda track: received.update({track.kind: track}))
    with running(planted(tmp_path / "product"), **SMALL_RECORDING) as product:
        visit = await sign_in(product.url, Login("chu-tri", PASSWORD))
        session = visit.session
        assert session is not None
        chair = Page(product.url, session, visit, Certificate(), NodeClock())
        async with asyncio.TaskGroup() as group, asyncio.timeout(120):
            life = group.create_task(chair.run())
            await chair.until(lambda: True)
            sending = await asyncio.to_thread(make_key, product.url, visit, session, "whip", ENCODER_AT)
            watching = await asyncio.to_thread(make_key, product.url, visit, session, "whep", PLAYER_AT)
            await chair.do(protocol.SessionTo(type="session.to", state="open"))
            await chair.do(protocol.SessionTo(type="session.to", state="live"))
            place = await watch(player, *watching)
            with encoder(*sending, tmp_path / "encoder.log"):
                await chair.until(lambda: seat_of(chair, ENCODER_AT).online)
                await chair.do(protocol.FloorGrant(type="floor.grant", seat=seat_of(chair, ENCODER_AT).id))
                picture = await received["video"].recv()
                assert isinstance(picture, av.VideoFrame)
                red, green, blue = picture.to_ndarray(format="rgb24").mean(axis=(0, 1))
                assert red > 180 and 70 < green < 160 and blue < 90, (red, green, blue)
                loudest = 0
                while loudest < 1_000:
                    sound = await received["audio"].recv()
                    assert isinstance(sound, av.AudioFrame)
                    loudest = int(np.abs(sound.to_ndarray().astype(int)).max())
                await chair.do(protocol.FloorRecall(type="floor.recall"))
            await chair.until(lambda: not seat_of(chair, ENCODER_AT).online)
            bearer = {"Authorization": f"Bearer {watching[1]}"}
            assert (await asyncio.to_thread(ask, product.url + place, "DELETE", **bearer))[0] == 200
            await chair.until(lambda: not seat_of(chair, PLAYER_AT).online)
            logs = product.log("web") + product.log("node")
            assert "stream.began" in logs and sending[1] not in logs and watching[1] not in logs
            await asyncio.wait_for(player.close(), 20)
            life.cancel()
