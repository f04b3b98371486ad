"""A node, a page near it on a perfect network, and a page at the far end of a bad one: both run the product's own connections."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright, async_playwright

from benchmarks.networks.far import Far, far_end
from benchmarks.networks.turn import turn_server
from benchmarks.parts.host import NotHere
from media.client import NodeClient
from media.plane import Program

SESSION = "networks"
ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    "--ignore-certificate-errors",
    *("--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"),
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"),
]
_PLACE = "https://networks.test/"
"""Never asked for over a network: the page is given by hand. Secure, so that it may use whatever a real page may."""


@dataclass(frozen=True, slots=True)
class Counters:
    """The browser's counters of what one page receives: sound and picture of the speaker, since the connection began."""

    samples: int = 0
    concealed: int = 0
    frames: int = 0
    width: int = 0
    freezes: int = 0
    frozen_s: float = 0.0
    audio_bytes: int = 0
    video_bytes: int = 0

    def since(self, before: Counters) -> Counters:
        """What happened between two readings; the width is the last one."""
        return Counters(
            self.samples - before.samples,
            self.concealed - before.concealed,
            self.frames - before.frames,
            self.width,
            self.freezes - before.freezes,
            self.frozen_s - before.frozen_s,
            self.audio_bytes - before.audio_bytes,
            self.video_bytes - before.video_bytes,
        )

    @property
    def concealment(self) -> float:
        """Fraction of sound that had to be made up."""
        return self.concealed / self.samples if self.samples else 1.0


class Stage:
    """What a case plays on."""

    def __init__(self, far: Far, client: NodeClient, near_page: Page, far_page: Page, reachable: asyncio.Event) -> None:
        self.far = far
        self.client = client
        self.near_page = near_page
        self.far_page = far_page
        self.reachable = reachable
        """Cleared while the far page cannot reach the web server either."""
        self.hurried = False
        """Cases do not wait for the best picture before they begin."""

    async def start(self, speaker: Page, viewer: Page) -> None:
        """``speaker`` publishes and has the floor, ``viewer`` sees and hears."""
        name = "near" if speaker is self.near_page else "far"
        await self.client.set_program(SESSION, program(1, name))
        await speaker.evaluate("networks.publish()")
        await viewer.evaluate("networks.subscribe()")

    async def describe(self) -> dict[str, int]:
        """The node's own counters."""
        return await self.client.counters()


def program(seq: int, speaker: str) -> Program:
    """This page has the floor and is seen."""
    return Program(seq=seq, at_ms=seq, state="live", title="Networks", speaker=speaker, voices=(speaker,))


async def counters(page: Page) -> Counters:
    """Read a viewer's counters; zeros while there is nothing."""
    found: dict[str, Any] = {}
    for report in await page.evaluate("networks.stats('down')"):
        if report["type"] == "inbound-rtp" and report.get("mid") in ("voice0", "speaker"):
            found[report["mid"]] = report
    sound, picture = found.get("voice0", {}), found.get("speaker", {})
    return Counters(
        samples=sound.get("totalSamplesReceived", 0),
        concealed=sound.get("concealedSamples", 0),
        frames=picture.get("framesDecoded", 0),
        width=picture.get("frameWidth", 0),
        freezes=picture.get("freezeCount", 0),
        frozen_s=picture.get("totalFreezesDuration", 0.0),
        audio_bytes=sound.get("bytesReceived", 0),
        video_bytes=picture.get("bytesReceived", 0),
    )


@contextlib.asynccontextmanager
async def stage(folder: Path, *, seed: int = 1, turn: str | None = None, hurried: bool = False) -> AsyncIterator[Stage]:
    """Set up all of it; ``folder`` is for the node's data, ``turn`` ("tcp" or "tls") adds a TURN server. Raises NotHere."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise NotHere("apt install chromium")
    async with far_end("f", seed=seed) as far, _node(folder, far.near) as client, async_playwright() as playwright:
        script = await _script()
        async with (
            _browser(playwright, chromium) as near_browser,
            _browser(playwright, str(far.wrapper(chromium, folder))) as far_browser,
        ):
            reachable = asyncio.Event()
            reachable.set()
            near = await _page(near_browser, client, "near", script, reachable)
            far_page = await _page(far_browser, client, "far", script, reachable)
            async with contextlib.AsyncExitStack() as more:
                if turn:
                    servers = await more.enter_async_context(turn_server(folder, far.near, turn))
                    await far_page.evaluate("servers => { networks.servers = servers; }", servers)
                ready = Stage(far, client, near, far_page, reachable)
                ready.hurried = hurried
                yield ready


@contextlib.asynccontextmanager
async def _node(folder: Path, address: str) -> AsyncIterator[NodeClient]:
    arguments = ["--data", str(folder), "--bind", "0.0.0.0", "--address", address]  # noqa: S104
    with (folder / "node.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "media.sfu", *arguments), stdout=asyncio.subprocess.PIPE, stderr=log
        )
    client = NodeClient(f"unix:{folder}/run/node.sock")
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), 20)
        yield client
    finally:
        await client.aclose()
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)


@contextlib.asynccontextmanager
async def _browser(playwright: Playwright, path: str) -> AsyncIterator[Browser]:
    browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    try:
        yield browser
    finally:
        await browser.close()


async def _page(browser: Browser, client: NodeClient, peer: str, script: str, reachable: asyncio.Event) -> Page:
    async def ask(what: str, sdp: str) -> str:
        if peer == "far":
            await reachable.wait()
        match what:
            case "publish":
                return await client.publish(SESSION, peer, sdp)
            case "subscribe":
                return await client.subscribe(SESSION, peer)
            case _:
                await client.subscribed(SESSION, peer, sdp)
                return ""

    page = await (await browser.new_context()).new_page()
    await page.route("**", lambda route: route.fulfill(content_type="text/html", body="<!doctype html><title>networks</title>"))
    await page.expose_function("askNode", ask)
    await page.goto(_PLACE)
    await page.evaluate(script)
    return page


async def _script() -> str:
    """The page's script with the product's connections in it, bundled as the product's pages are."""
    bundler = ROOT / "web" / "node_modules" / "rolldown" / "bin" / "cli.mjs"
    if not bundler.exists():
        raise NotHere("./diemcau setup")
    source = Path(__file__).with_name("page.js")
    process = await asyncio.create_subprocess_exec(
        *("node", str(bundler), str(source), "--format", "iife"), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return output.decode()
