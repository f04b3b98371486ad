"""``./diemcau bench join``: in a full session, how soon one who comes in sees the speaker, and all see whom the floor is given.

The session is filled by ``./diemcau simulate``; those who come, the viewer and the two speakers to whom the floor goes are pages
in Chromium. Each speaker's camera has a colour of its own, so that the viewer's page can tell whose picture it shows; they ask
for the floor before it is given to them. Cameras are small (320 × 180): here one machine encodes, shows and stands for 150
sites at once. All clocks are this machine's one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright, ViewportSize, async_playwright

from benchmarks import report
from benchmarks.host import NotHere, environment, spread
from benchmarks.simulate import filled
from conference import protocol
from core.ids import new_id
from deploy.command.simulate.websocket import Closed, WebSocket, connect
from tests.support import fakemedia
from tests.support.browsers import SWITCHES
from tests.support.fakemedia import FakeDevice
from tests.support.product import ROOT, Product, running

MOST_JOIN_MS, MOST_SWITCH_MS = 1000, 500
PATIENT_MS = 60_000
PAUSE_S = 1.0
DESK = ViewportSize(width=1280, height=760)
SPEAKERS = {"teal": fakemedia.site, "violet": fakemedia.delegate}
_SEEN = "colour => window.marks.colour === colour && window.marks.since"


@dataclass
class Room:
    """The session's address for people of the crowd, one after the other."""

    product: Product
    session: str
    logins: list[str]
    seats: dict[Page, str] = field(default_factory=dict)
    """Who has come in."""

    async def come(self, browser: Browser) -> Page:
        """The next one's page, ready to click on."""
        context = await browser.new_context(locale="vi-VN", viewport=DESK)
        pairs = (pair.split("=", 1) for pair in self.logins.pop().split("; "))
        await context.add_cookies([{"name": name, "value": value, "url": self.product.url} for name, value in pairs])
        page = await context.new_page()
        page.set_default_timeout(PATIENT_MS)
        colours = {name: device(small=True).colour for name, device in SPEAKERS.items()}
        await page.add_init_script(f"window.COLOURS = {json.dumps(colours)};")
        await page.add_init_script(path=Path(__file__).with_suffix(".js"))
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: self._note(page, frame)))
        await page.goto(f"{self.product.url}/hop/{self.session}/")
        await page.locator("[data-testid=enter]:not([disabled])").wait_for()
        return page

    def _note(self, page: Page, frame: str | bytes) -> None:
        if isinstance(frame, str) and (said := json.loads(frame))["type"] == "welcome":
            self.seats[page] = said["seat"]


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


async def measure(room: Room, chair: Chair, playwright: Playwright, options: argparse.Namespace) -> dict[str, float]:
    """Joins one after the other, while one page speaks (a simulated speaker makes no key frame when asked); then a second
    speaker and a viewer come in, and the floor changes."""
    program = shutil.which("chromium")
    if program is None:
        raise NotHere("apt install chromium")

    async def open_(device: FakeDevice) -> Browser:
        return await playwright.chromium.launch(executable_path=program, args=[*SWITCHES, *device.chromium_arguments()])

    seats: dict[str, str] = {}
    pages: dict[str, Page] = {}

    async def speaker(name: str) -> None:
        pages[name] = page = await room.come(await open_(SPEAKERS[name](small=True)))
        await enter(page)
        seats[name] = room.seats[page]

    teal, violet = SPEAKERS
    await speaker(teal)
    await chair.do(protocol.FloorGrant(type="floor.grant", seat=seats[teal]))
    browser = await open_(fakemedia.site(small=True))
    joins, marks = [], []
    for number in range(options.joins + 1):
        page = await room.come(browser)
        await asyncio.sleep(PAUSE_S)
        await enter(page)
        await page.wait_for_function("() => window.marks.shown")
        seen = await page.evaluate("window.marks")
        marks.append(seen)
        if number:  # the first one warms the browser up
            joins.append(seen["shown"] - seen["clicked"])
            steps = {name: at - seen["clicked"] for name, at in seen["steps"].items()}
            print(f"  join {joins[-1]} ms {steps}", flush=True)
        await page.context.close()
    await speaker(violet)
    viewer = await room.come(browser)
    await enter(viewer)
    await viewer.evaluate("window.watchColours()")
    await viewer.wait_for_function(_SEEN, arg=teal)
    switches = []
    for number in range(options.switches + 1):
        name = (violet, teal)[number % 2]
        await pages[name].get_by_role("button", name="Đăng ký phát biểu").first.click()
        await asyncio.sleep(2 * PAUSE_S)
        asked_ms = time.time() * 1000
        await chair.do(protocol.FloorGrant(type="floor.grant", seat=seats[name]))
        seen_ms = await (await viewer.wait_for_function(_SEEN, arg=name, polling=20)).json_value()
        if number:
            switches.append(seen_ms - asked_ms)
            print(f"  switch {switches[-1]:.0f} ms", flush=True)
    marks += [await page.evaluate("window.marks") for page in (*pages.values(), viewer)]
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
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


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
    """What ``python -m benchmarks.crowd`` made."""
    argv = [sys.executable, "-m", "benchmarks.crowd", what, str(count)]
    env = environment({"DIEMCAU_DATA": str(product.data)})
    made = subprocess.run(argv, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return answer


async def bench(product: Product, options: argparse.Namespace) -> dict[str, float]:
    """Fill the session, then measure in it."""
    summon(product, "sites", options.sites)
    crowd = summon(product, "delegates", options.joins + 4)
    async with (
        async_playwright() as playwright,
        presided(product, crowd["session"], crowd["chair"]) as chair,
        filled(product, options.sites, "--no-chair"),
    ):
        return await measure(Room(product, crowd["session"], crowd["delegates"]), chair, playwright, options)


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
