"""A cut that takes everything with it: the product's own page at the far end, whose pages, WebSocket and media cross one link."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import tempfile
import time
import urllib.parse
from pathlib import Path

from playwright.async_api import Page, async_playwright

from benchmarks.join import Room, enter, presided, summon
from benchmarks.networks.cases import CLEAN, SETTLE_S, Result
from benchmarks.networks.far import Ways, far_end
from benchmarks.parts.host import NotHere
from benchmarks.parts.speaker import voice
from conference import protocol
from tests.support.browsers import SWITCHES
from tests.support.product import running

NAME = "cut, the page and its WebSocket too"
PATIENT_S = 30.0
TEAL = (16, 128, 120)
_INSIDE = "document.querySelector('[data-testid=link][data-phase=inside][data-down=connected]') !== null"
_FRAMES = "document.querySelector('[data-testid=speaker-video]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0"


async def cut(seconds: float = 20.0) -> Result:
    """A delegate watches, the line is dead for a while, and they are back in their seat without touching anything.

    Raises NotHere.
    """
    program = shutil.which("chromium")
    if program is None:
        raise NotHere("apt install chromium")
    async with far_end("w") as far:
        with tempfile.TemporaryDirectory() as folder:
            hosts = f"127.0.0.1,{far.near}"
            arguments = ("--host", "0.0.0.0", "--media-address", far.near)  # noqa: S104
            with running(Path(folder) / "data", *arguments, DIEMCAU_HOSTS=hosts) as product:
                crowd = summon(product, "delegates", 2)
                port = urllib.parse.urlsplit(product.url).port
                seen_from_there = dataclasses.replace(product, url=f"http://{far.near}:{port}")
                near, there = (Room(each, crowd["session"], crowd["delegates"]) for each in (product, seen_from_there))
                async with (
                    async_playwright() as playwright,
                    presided(product, crowd["session"], crowd["chair"]) as chair,
                    asyncio.TaskGroup() as group,
                ):
                    speaker = near.speaker(TEAL, voice())
                    speaking = group.create_task(speaker.run())
                    await speaker.ready.wait()
                    await chair.do(protocol.FloorGrant(type="floor.grant", seat=speaker.page.seat))
                    await far.set(down=CLEAN, up=CLEAN)
                    browser = await playwright.chromium.launch(
                        executable_path=str(far.wrapper(program, Path(folder))),
                        args=[
                            *SWITCHES,
                            "--use-fake-ui-for-media-stream",
                            "--use-fake-device-for-media-stream",
                            f"--unsafely-treat-insecure-origin-as-secure={seen_from_there.url}",
                        ],
                    )
                    page = await there.come(browser)
                    await enter(page)
                    await _goes_on(page)
                    await asyncio.sleep(SETTLE_S)
                    dead: Ways = {"cut": True}
                    await far.set(down=dead, up=dead)
                    await asyncio.sleep(seconds)
                    await far.set(down=CLEAN, up=CLEAN)
                    back_s = await _goes_on(page)
                    await browser.close()
                    speaking.cancel()
    return Result(f"{NAME}, {seconds:.0f} s", back_s=back_s, note="same seat, nothing clicked")


async def _goes_on(page: Page) -> float:
    """Seconds until the page is in its seat and shows new pictures; infinity where it does not in time."""
    began, before = time.monotonic(), await page.evaluate(_FRAMES)
    while (spent := time.monotonic() - began) < PATIENT_S:
        await asyncio.sleep(0.05)
        frames = await page.evaluate(_FRAMES)
        if frames and frames != before and await page.evaluate(_INSIDE):
            return spent
        before = frames
    return float("inf")
