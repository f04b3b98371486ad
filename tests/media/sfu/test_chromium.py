"""Sound and picture between real Chromium pages, through the real node and its control socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from media import wire
from media.capture import HEADER, RTP, SENDER_REPORT, Record, RecordReader, TrackHeader
from media.client import NodeClient
from media.plane import Content, PlaneEvent, Program, RecordingFinished, RecordingStarted, RecordingTrouble
from media.sfu.codecs import RED, VOICES
from media.sfu.red import split
from media.sfu.rtp import parse
from media.sfu.vp8 import normalise
from tests.media.sfu.conftest import CHROMIUM_ARGUMENTS, RunningNode, serve

pytestmark = pytest.mark.asyncio
SESSION = "session2test"
SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


async def open_page(browser: Browser) -> Page:
    page = await (await browser.new_context()).new_page()
    await page.goto("about:blank")
    await page.evaluate(SCRIPT)
    return page


async def publish(node: RunningNode, page: Page, peer: str, **options: Any) -> None:
    offer = await page.evaluate("options => diemcau.publish(options)", options)
    await page.evaluate("sdp => diemcau.published(sdp)", await node.client.publish(SESSION, peer, offer))


async def subscribe(node: RunningNode, page: Page, peer: str) -> None:
    answer = await page.evaluate("sdp => diemcau.subscribe(sdp)", await node.client.subscribe(SESSION, peer))
    await node.client.subscribed(SESSION, peer, answer)


async def picture(page: Page, mid: str) -> dict[str, int]:
    shown: dict[str, int] | None = await page.evaluate("mid => diemcau.picture(mid)", mid)
    return shown or {"red": 0, "green": 0, "blue": 0, "width": 0, "frames": 0}


async def tone(page: Page, mid: str) -> float:
    heard: float = await page.evaluate("mid => diemcau.tone(mid)", mid)
    return heard


async def until(what: str, probe: Callable[[], Awaitable[bool]], tries: int = 150) -> None:
    """Wait until ``probe`` says yes; fail with ``what`` where it never does."""
    for _ in range(tries):
        if await probe():
            return
        await asyncio.sleep(0.1)
    pytest.fail(what)


def program(seq: int, **fields: Any) -> Program:
    return Program(seq=seq, at_ms=seq, state="live", title="Hội nghị", **fields)


async def is_colour(page: Page, mid: str, colour: str) -> bool:
    shown = await picture(page, mid)
    return shown["width"] > 0 and shown[colour] > 150 and all(shown[o] < 100 for o in ("red", "green", "blue") if o != colour)


async def is_tone(page: Page, mid: str, hz: float) -> bool:
    return abs(await tone(page, mid) - hz) < 40


async def test_floor_moves_without_renegotiation(node: RunningNode, browser: Browser) -> None:
    hub, district, viewer = [await open_page(browser) for _ in range(3)]
    await node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
    await publish(node, hub, "hub", colour="rgb(220,0,0)", tone=440)
    await publish(node, district, "district", colour="rgb(0,0,220)", tone=880)
    for page, peer in ((viewer, "viewer"), (hub, "hub"), (district, "district")):
        await subscribe(node, page, peer)

    await until("the viewer does not see the hub", lambda: is_colour(viewer, "speaker", "red"))
    await until("the viewer does not hear the hub", lambda: is_tone(viewer, "voice0", 440))
    await until("the district does not hear the hub", lambda: is_tone(district, "voice0", 440))
    assert await tone(hub, "voice0") == 0, "the hub hears itself"
    before = (await picture(viewer, "speaker"))["frames"]
    await until("the picture does not move", lambda: frames_beyond(viewer, before + 20))

    await node.client.set_program(SESSION, program(2, speaker="district", voices=("district", "hub")))
    await until("the viewer does not see the district", lambda: is_colour(viewer, "speaker", "blue"))
    await until("the viewer does not hear the district", lambda: is_tone(viewer, "voice0", 880))
    await until("the hub does not hear the district", lambda: is_tone(hub, "voice0", 880))

    await node.client.set_program(SESSION, program(3, speaker="hub", voices=("hub",)))
    await until("the viewer does not see the hub again", lambda: is_colour(viewer, "speaker", "red"))
    await until("the viewer does not hear the hub again", lambda: is_tone(viewer, "voice0", 440))
    assert await viewer.evaluate("diemcau.negotiations") == 0
    assert await viewer.evaluate("diemcau.down.signalingState") == "stable"


async def frames_beyond(page: Page, frames: int) -> bool:
    return (await picture(page, "speaker"))["frames"] > frames


async def test_screen_is_content_when_it_starts_later(node: RunningNode, browser: Browser) -> None:
    hub, viewer = await open_page(browser), await open_page(browser)
    await node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
    await publish(node, hub, "hub", colour="rgb(220,0,0)", tone=440, simulcast=False)
    await subscribe(node, viewer, "viewer")
    await until("the viewer does not see the hub", lambda: is_colour(viewer, "speaker", "red"))
    await node.client.set_program(SESSION, program(2, speaker="hub", voices=("hub",), content=Content(kind="screen", peer="hub")))
    await hub.evaluate("diemcau.shareScreen('rgb(0,220,0)')")
    await until("the viewer does not see the screen", lambda: is_colour(viewer, "content", "green"))
    assert await is_colour(viewer, "speaker", "red")


async def test_h264_and_vp8_share_a_slot_without_renegotiation(node: RunningNode, browser: Browser) -> None:
    hub, encoder, viewer = [await open_page(browser) for _ in range(3)]
    await node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
    await publish(node, hub, "hub", colour="rgb(220,0,0)", tone=440)
    await publish(node, encoder, "encoder", colour="rgb(0,0,220)", tone=880, simulcast=False, codec="H264")
    await subscribe(node, viewer, "viewer")
    await until("the viewer does not see the hub", lambda: is_colour(viewer, "speaker", "red"))
    await node.client.set_program(SESSION, program(2, speaker="encoder", voices=("encoder",)))
    await until("the viewer does not see the encoder", lambda: is_colour(viewer, "speaker", "blue"))
    await until("the viewer does not hear the encoder", lambda: is_tone(viewer, "voice0", 880))
    await until("the picture is not H.264", lambda: receives(viewer, "video/H264"))
    await node.client.set_program(SESSION, program(3, speaker="hub", voices=("hub",)))
    await until("the viewer does not see the hub again", lambda: is_colour(viewer, "speaker", "red"))
    assert await receives(viewer, "video/VP8")
    assert await viewer.evaluate("diemcau.negotiations") == 0


async def test_voice_is_sent_and_received_with_redundancy(tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "run" / "node.sock"
    async with serve(tmp_path, wire.UnixAddress(str(path))) as (inside, _), NodeClient(f"unix:{path}") as client:
        node = RunningNode(tmp_path, inside.port, client)
        hub, viewer = await open_page(browser), await open_page(browser)
        await client.set_program(SESSION, program(1, voices=("hub",)))
        await publish(node, hub, "hub", colour="rgb(220,0,0)", tone=440)
        await subscribe(node, viewer, "viewer")
        slots = inside.sessions[SESSION].downs["viewer"].slots
        await until("the viewer does not hear the hub", lambda: is_any_tone(viewer, 440))
        voice = next(track.current for track in slots.values() if track.current is not None)
        assert voice.codec is RED and voice.top is not None
        _, blocks = split(voice.top.payload)
        assert len(blocks) == 2 and blocks[0].age == 960, "the packet before, 20 ms older"


async def is_any_tone(page: Page, hz: float) -> bool:
    return any([await is_tone(page, mid, hz) for mid in VOICES])


async def receives(page: Page, mime_type: str) -> bool:
    """Whether the page decodes a stream of this codec now."""
    stats = await page.evaluate("diemcau.stats('down')")
    codecs = {each["id"]: each["mimeType"] for each in stats if each["type"] == "codec"}
    return mime_type in {codecs.get(each.get("codecId")) for each in stats if each["type"] == "inbound-rtp"}


async def test_recording_is_captured_and_composed(node: RunningNode, browser: Browser) -> None:
    events: list[PlaneEvent] = []

    async def listen() -> None:
        async for event in node.client.events():
            events.append(event)

    async def has(kind: type) -> bool:
        return any(isinstance(event, kind) for event in events)

    hub = await open_page(browser)
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        await publish(node, hub, "hub", colour="rgb(220,0,0)", tone=440)
        await node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",), recording="rec1"))
        await until("the recording does not start", lambda: has(RecordingStarted))
        folder = node.data / "captures" / "rec1"
        await until("no layer has 50 packets", lambda: has_packets(folder, "camera", 50))
        await until("no voice has 400 packets", lambda: has_packets(folder, "mic", 400))
        await node.client.set_program(SESSION, program(2, speaker="hub", voices=("hub",)))
        await until("the recording is not finished", lambda: has(RecordingFinished), tries=300)
        listening.cancel()

    assert not await has(RecordingTrouble)
    lines = [json.loads(line) for line in (folder / "program.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["program"]["seq"] for line in lines] == [1, 2]
    assert lines[0]["at_us"] < lines[1]["at_us"]
    voice = captured(folder, "hub-mic")[0]
    assert {record.type for record in voice} >= {HEADER, RTP, SENDER_REPORT}
    assert TrackHeader.decode(voice[0].data).codec == "opus"
    packets = [record for record in voice if record.type == RTP]
    assert packets == sorted(packets, key=lambda record: record.at_us)
    for layer in captured(folder, "hub-camera"):
        pictures = [parse(record.data) for record in layer if record.type == RTP]
        assert {packet.payload_type for packet in pictures} == {96}
        assert any(normalise(packet.payload)[1].starts_keyframe for packet in pictures)
    playlist = node.data / "recordings" / "rec1" / "hls" / "index.m3u8"
    assert playlist.read_text(encoding="utf-8").rstrip().endswith("#EXT-X-ENDLIST")


def read_capture(path: Path) -> list[Record]:
    return list(RecordReader().feed(path.read_bytes()))


def captured(folder: Path, name: str) -> list[list[Record]]:
    return [read_capture(path) for path in sorted(folder.glob(f"{name}-*.cap"))]


async def has_packets(folder: Path, kind: str, count: int) -> bool:
    return any(sum(record.type == RTP for record in records) >= count for records in captured(folder, f"hub-{kind}"))
