"""``./diemcau bench join``: in a full session, how soon one who comes in sees the speaker, and all see whom the floor is given.

The session is filled by ``./diemcau simulate``; those who come, and the viewer, are pages in Chromium; the two speakers to whom
the floor goes are simulated (:mod:`benchmarks.parts.speaker`), as browsers that encode would take from this one machine what it
needs for those who are measured. Each speaker's camera has a colour of its own, so that the viewer's page can tell whose picture
it shows; they ask for the floor before it is given to them. All clocks are this machine's one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from benchmarks.parts import report
from benchmarks.parts.host import NotHere, environment, spread
from benchmarks.parts.speaker import Colour, Speaker, voice
from benchmarks.simulate import filled
from conference import protocol
from core.ids import new_id
from deploy.command.simulate.page import Page as SimulatedPage
from deploy.command.simulate.visitor import Visit
from deploy.command.simulate.websocket import Closed, WebSocket, connect
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate
from tests.support import fakemedia
from tests.support.browsers import SWITCHES
from tests.support.product import ROOT, Product, running

MOST_JOIN_MS, MOST_SWITCH_MS = 1000, 500
PATIENT_MS = 60_000
PAUSE_S = 1.0
LOOK_S = 3.0
"""Whoever comes looks at what is asked of them before they click; so long the browser has to finish its own start."""
DESK = ViewportSize(width=1280, height=760)
SPEAKERS: dict[str, Colour] = {"teal": (16, 128, 120), "violet": (112, 56, 184)}
_SEEN = "colour => window.marks.colour === colour && window.marks.since"


@dataclass
class Room:
    """The session's address for people of the crowd, one after the other."""

    product: Product
    session: str
    logins: list[str]

    async def come(self, browser: Browser) -> Page:
        """The next one's page, ready to click on."""
        context = await browser.new_context(locale="vi-VN", viewport=DESK)
        pairs = (pair.split("=", 1) for pair in self.logins.pop().split("; "))
        await context.add_cookies([{"name": name, "value": value, "url": self.product.url} for name, value in pairs])
        page = await context.new_page()
        page.set_default_timeout(PATIENT_MS)
        await page.add_init_script(f"window.COLOURS = {json.dumps(SPEAKERS)};")
        await page.add_init_script(path=Path(__file__).with_suffix(".js"))
        await page.goto(f"{self.product.url}/hop/{self.session}/")
        await page.locator("[data-testid=enter]:not([disabled])").wait_for()
        await asyncio.sleep(LOOK_S)
        return page

    def speaker(self, colour: Colour, sound: list[bytes]) -> Speaker:
        """The next one, simulated, who has yet to come in."""
        visit = Visit(self.logins.pop(), "")
        return Speaker(SimulatedPage(self.product.url, self.session, visit, Certificate(), NodeClock()), colour, sound)


async def enter(page: Page) -> None:
    """Click, and wait until both connections stand."""
    await page.locator("[data-testid=enter]").click()
    await page.locator("[data-testid=link][data-phase=inside][data-down=connected]").wait_for()


class Chair:
    """The chair's commands, over the WebSocket that its page would use."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self.snapshot: protocol.Snapshot | None = None

    async def begin(self) -> None:
        """Take the seat, open the session and start it."""
        await self.do(protocol.Hello(type="hello", version=protocol.VERSION, page=new_id()))
        while self.snapshot is None:
            text = await self._socket.receive()
            if json.loads(text)["type"] == "welcome":
                self.snapshot = protocol.Welcome.model_validate_json(text).snapshot
        for state in ("open", "live"):
            await self.do(protocol.SessionTo(type="session.to", state=state))

    async def do(self, command: protocol.Command) -> None:
        """Send a command."""
        await self._socket.send(command.model_dump_json(exclude_none=True))

    async def stay(self) -> None:
        """Keep the seat, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beat())
                while True:
                    said = json.loads(await self._socket.receive())
                    if said["type"] == "error":
                        print(f"  the chair is refused: {said['code']} {said['text']}", flush=True)
        except* Closed as closed:
            print(f"  the chair's page has ended: {closed.exceptions[0]}", flush=True)

    async def _beat(self) -> None:
        number = 0
        while True:
            number += 1
            await self.do(protocol.Heartbeat(type="heartbeat", number=number, media_flowing=False))
            await asyncio.sleep(protocol.HEARTBEAT_S)


async def measure(
    room: Room, chair: Chair, speakers: dict[str, Speaker], browser: Browser, options: argparse.Namespace
) -> dict[str, float]:
    """Joins one after the other, while one speaks; then a viewer comes in, and the floor changes."""
    teal, violet = SPEAKERS
    await chair.do(protocol.FloorGrant(type="floor.grant", seat=speakers[teal].page.seat))
    joins, marks = [], []
    for number in range(options.joins + 1):
        page = await room.come(browser)
        await enter(page)
        await page.wait_for_function("() => window.marks.shown")
        seen = await page.evaluate("window.marks")
        marks.append(seen)
        if number:  # the first one warms the browser up
            joins.append(seen["shown"] - seen["clicked"])
            steps = {name: at - seen["clicked"] for name, at in seen["steps"].items()}
            print(f"  join {joins[-1]} ms {steps}", flush=True)
        await page.context.close()
        await asyncio.sleep(PAUSE_S)
    viewer = await room.come(browser)
    await enter(viewer)
    await viewer.evaluate("window.watchColours()")
    await viewer.wait_for_function(_SEEN, arg=teal)
    switches = []
    for number in range(options.switches + 1):
        name = (violet, teal)[number % 2]
        await speakers[name].ask()
        await asyncio.sleep(2 * PAUSE_S)
        asked_ms = time.time() * 1000
        await chair.do(protocol.FloorGrant(type="floor.grant", seat=speakers[name].page.seat))
        seen_ms = await (await viewer.wait_for_function(_SEEN, arg=name, polling=20)).json_value()
        if number:
            switches.append(seen_ms - asked_ms)
            print(f"  switch {switches[-1]:.0f} ms", flush=True)
    marks.append(await viewer.evaluate("window.marks"))
    return {
        "sites": options.sites,
        "joins": len(joins),
        "join_p50_ms": round(spread(joins)[0]),
        "join_p95_ms": round(_p95(joins)),
        "switches": len(switches),
        "switch_p50_ms": round(spread(switches)[0]),
        "switch_p95_ms": round(_p95(switches)),
        "renegotiations": sum(each["negotiations"] + max(0, each["connections"] - 2) for each in marks),
    }


def _p95(values: list[float]) -> float:
    """By nearest rank: the least value that 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(len(values) * 0.95) - 1]


@contextlib.asynccontextmanager
async def presided(product: Product, session: str, cookies: str) -> AsyncIterator[Chair]:
    """The session is live, its chair sits there."""
    socket = await connect(product.url, f"/ws/session/{session}/", cookies)
    chair = Chair(socket)
    await chair.begin()
    staying = asyncio.create_task(chair.stay())
    try:
        yield chair
    finally:
        staying.cancel()
        await socket.close()


def summon(product: Product, what: str, count: int) -> dict[str, Any]:
    """What ``python -m benchmarks.parts.crowd`` made."""
    argv = [sys.executable, "-m", "benchmarks.parts.crowd", what, str(count)]
    env = environment({"DIEMCAU_DATA": str(product.data)})
    made = subprocess.run(argv, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return answer


async def bench(product: Product, options: argparse.Namespace) -> dict[str, float]:
    """Fill the session, then measure in it."""
    program = shutil.which("chromium")
    if program is None:
        raise NotHere("apt install chromium")
    summon(product, "sites", options.sites)
    crowd = summon(product, "delegates", options.joins + 4)
    room = Room(product, crowd["session"], crowd["delegates"])
    sound = voice()
    speakers = {name: room.speaker(colour, sound) for name, colour in SPEAKERS.items()}
    switches = [*SWITCHES, *fakemedia.site(small=True).chromium_arguments()]
    async with (
        async_playwright() as playwright,
        presided(product, crowd["session"], crowd["chair"]) as chair,
        filled(product, options.sites, "--no-chair"),
        asyncio.TaskGroup() as group,
    ):
        speaking = [group.create_task(speaker.run()) for speaker in speakers.values()]
        for speaker in speakers.values():
            await speaker.ready.wait()
        browser = await playwright.chromium.launch(executable_path=program, args=switches)
        figures = await measure(room, chair, speakers, browser, options)
        for task in speaking:
            task.cancel()
        return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="diemcau bench join", description=__doc__)
    parser.add_argument("--sites", type=int, default=150, metavar="N")
    parser.add_argument("--joins", type=int, default=20, metavar="N")
    parser.add_argument("--switches", type=int, default=20, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as product:
        figures = asyncio.run(bench(product, options))
    report.write("join", figures, options.json)
    return report.judged(
        {
            f"join p95 at most {MOST_JOIN_MS} ms": figures["join_p95_ms"] <= MOST_JOIN_MS,
            f"switch p95 at most {MOST_SWITCH_MS} ms": figures["switch_p95_ms"] <= MOST_SWITCH_MS,
            "no renegotiation": figures["renegotiations"] == 0,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
