"""The cases: what is done to the network, and what the viewer then hears and sees."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Page

from benchmarks.networks.far import Ways
from benchmarks.networks.stage import Counters, Stage, counters

CLEAN: Ways = {"delay_ms": 10}
SETTLE_S = 4.0
SMALLEST, MIDDLE, LARGEST = 240, 480, 960
UPLINK = "up 2 Mbit/s → 200 kbit/s → 2 Mbit/s"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a viewer had of a stretch of time."""

    concealed: float
    """0..1 of the sound"""
    frozen: float
    """0..1 of the time"""
    width: int
    """of the last picture; 0 where the picture was paused at the end"""


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table. Times in seconds; None where it does not apply, infinity where it did not happen."""

    name: str
    seen: Seen | None = None
    down_s: float | None = None
    """until the lower layer came without sound being lost"""
    up_s: float | None = None
    """until the best layer was back after the network was"""
    back_s: float | None = None
    """until picture and sound went on"""
    negotiations: int | None = None
    """new connections made meanwhile"""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """``play`` gets a fresh stage with a clean network."""

    name: str
    play: Callable[[Stage], Awaitable[Result]]
    turn: str | None = None
    """over what a TURN server is needed"""


async def watch(page: Page, seconds: float) -> Seen:
    """Count for so long."""
    begin = last = await counters(page)
    started = moved = time.monotonic()
    while time.monotonic() - started < seconds:
        await asyncio.sleep(0.25)
        now = await counters(page)
        if now.frames > last.frames:
            moved = time.monotonic()
        last = now
    total = last.since(begin)
    standing_s = time.monotonic() - moved
    frozen_s = total.frozen_s + (standing_s if standing_s > 0.5 else 0)
    return Seen(total.concealment, min(1.0, frozen_s / seconds), last.width if standing_s < 2 else 0)


async def until(page: Page, fits: Callable[[Counters, Counters], bool], seconds: float) -> float:
    """Seconds until a quarter of a second (its counts, and those so far) fits; infinity where none does in time."""
    before, started = await counters(page), time.monotonic()
    while (spent := time.monotonic() - started) < seconds:
        await asyncio.sleep(0.25)
        now = await counters(page)
        if fits(now.since(before), now):
            return spent + 0.25
        before = now
    return float("inf")


def moves(part: Counters, _: Counters) -> bool:
    """Picture and sound go on."""
    return part.frames > 0 and part.samples > 0 and part.concealment < 0.5


async def _begin(stage: Stage, speaker: Page, viewer: Page) -> None:
    await stage.far.set(down=CLEAN, up=CLEAN)
    await stage.start(speaker, viewer)
    if stage.hurried:
        await until(viewer, moves, 20)
        return
    await until(viewer, lambda part, now: part.frames > 0 and now.width == LARGEST, 20)
    await asyncio.sleep(SETTLE_S)


def lossy(name: str, *, down: Ways | None = None, up: Ways | None = None, seconds: float = 12) -> Case:
    """The far end views (``down``), or speaks (``up``)."""

    async def play(stage: Stage) -> Result:
        speaker, viewer = (stage.near_page, stage.far_page) if down else (stage.far_page, stage.near_page)
        await _begin(stage, speaker, viewer)
        await stage.far.set(down={**CLEAN, **(down or {})}, up={**CLEAN, **(up or {})})
        return Result(name, await watch(viewer, seconds))

    return Case(name, play)


def narrow(name: str, bps: float, *, right: int) -> Case:
    """The viewer's line gets narrow and wide again. ``right``: the width that fits; 0 where only the sound does."""

    async def play(stage: Stage) -> Result:
        viewer = stage.far_page
        await _begin(stage, stage.near_page, viewer)
        await stage.far.set(down={**CLEAN, "rate_bps": bps}, up=CLEAN)

        def settled(part: Counters, now: Counters) -> bool:
            return part.samples > 0 and part.concealment < 0.02 and (not right or (part.frames > 0 and now.width == right))

        down_s = await until(viewer, settled, 12)
        seen = await watch(viewer, 10)
        await stage.far.set(down=CLEAN, up=CLEAN)
        up_s = await until(viewer, lambda part, now: part.frames > 0 and now.width == LARGEST, 15)
        return Result(name, seen, down_s=down_s, up_s=up_s)

    return Case(name, play)


async def falling_uplink(stage: Stage) -> Result:
    """The speaker's line falls from 2 Mbit/s to 200 kbit/s and comes back."""
    viewer = stage.near_page
    wide, thin = {**CLEAN, "rate_bps": 2e6}, {**CLEAN, "rate_bps": 2e5}
    await stage.far.set(down=CLEAN, up=wide)
    await stage.start(stage.far_page, viewer)
    await asyncio.sleep(20)
    best = (await counters(viewer)).width
    await stage.far.set(down=CLEAN, up=thin)
    down_s = await until(viewer, lambda part, now: part.frames > 0 and now.width == SMALLEST, 15)
    seen = await watch(viewer, 10)
    await stage.far.set(down=CLEAN, up=wide)
    up_s = await until(viewer, lambda part, now: part.frames > 0 and now.width >= MIDDLE, 40)
    return Result(
        UPLINK,
        seen,
        down_s=down_s,
        up_s=up_s,
        note=f"before: {best} px; back: at least {MIDDLE} px",
    )


async def moved(stage: Stage) -> Result:
    """The viewer's address changes in the middle."""
    viewer = stage.far_page
    await _begin(stage, stage.near_page, viewer)
    made = await viewer.evaluate("networks.made.down")
    stage.far.move()
    back_s = await until(viewer, moves, 15)
    seen = await watch(viewer, 8)
    return Result("address changes", seen, back_s=back_s, negotiations=await viewer.evaluate("networks.made.down") - made)


async def cut(stage: Stage, seconds: float = 20.0) -> Result:
    """Nothing passes for a while; the way to the node's description is cut too."""
    viewer = stage.far_page
    await _begin(stage, stage.near_page, viewer)
    made = await viewer.evaluate("networks.made.down")
    dead: Ways = {"cut": True}
    stage.reachable.clear()
    await stage.far.set(down=dead, up=dead)
    await asyncio.sleep(seconds)
    await stage.far.set(down=CLEAN, up=CLEAN)
    stage.reachable.set()
    back_s = await until(viewer, moves, 20)
    seen = await watch(viewer, 5)
    made = await viewer.evaluate("networks.made.down") - made
    return Result(f"cut for {seconds:.0f} s", seen, back_s=back_s, negotiations=made)


def relayed(scheme: str) -> Case:
    """No UDP passes: by TURN over TCP or TLS."""

    async def play(stage: Stage) -> Result:
        viewer = stage.far_page
        blocked: Ways = {**CLEAN, "block_udp": True}
        await stage.far.set(down=blocked, up=blocked)
        await stage.start(stage.near_page, viewer)
        back_s = await until(viewer, moves, 20)
        await asyncio.sleep(3)
        seen = await watch(viewer, 8)
        way = await viewer.evaluate(
            "networks.stats('down').then((all) => all.filter((each) => each.relayProtocol).map((each) => each.relayProtocol))"
        )
        return Result(f"UDP blocked, TURN over {scheme.upper()}", seen, back_s=back_s, note=", ".join(sorted(set(way))))

    return Case(f"turn-{scheme}", play, turn=scheme)


CASES = (
    lossy("5 % loss down", down={"loss": 0.05}),
    lossy("10 % loss down", down={"loss": 0.10}),
    lossy("20 % loss down", down={"loss": 0.20}),
    lossy("5 % loss up", up={"loss": 0.05}),
    lossy("10 % loss up", up={"loss": 0.10}),
    lossy("20 % loss up", up={"loss": 0.20}),
    lossy("bursts of loss down", down={"burst_start": 0.01}),
    lossy("bursts of loss up", up={"burst_start": 0.01}),
    lossy("300 ms, jitter 50 ms", down={"delay_ms": 125, "jitter_ms": 25}, up={"delay_ms": 125, "jitter_ms": 25}),
    narrow("400 kbit/s down", 4e5, right=SMALLEST),
    narrow("150 kbit/s down", 1.5e5, right=0),
    Case(UPLINK, falling_uplink),
    Case("address changes", moved),
    Case("cut for 20 s", cut),
    relayed("tcp"),
    relayed("tls"),
)
