"""``./diemcau bench restart``: kill -9 of the media node in the middle of a session, and how long its people are without sound
and picture.

The whole product runs as a person starts it; the people are simulated pages that take part by HTTP, WebSocket, DTLS and SRTP.
A page is back when both of its connections stand again and packets come. Everything shares this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.parts import report
from benchmarks.parts.host import spread
from core.clock import monotonic_s
from deploy.command.simulate import scripts
from deploy.command.simulate.__main__ import Company
from deploy.command.simulate.page import Page
from deploy.command.simulate.visitor import Login, read_cast
from deploy.demo.talk import PICTURE, SOUND, cues
from deploy.supervisor.child import SETTLED_S
from media.simpeer_clip import read_clip
from tests.support.product import PASSWORD, Product, running

MUST_S = 5.0
JOIN_TIMEOUT_S, BACK_TIMEOUT_S = 120.0, 60.0
POLL_S = 0.02
MORE = ("thu-ky", "ky-thuat", "diem-cau", "dai-bieu")
"""Logins that the simulation leaves to persons; here they are pages like all others."""


def is_live(page: Page) -> bool:
    """Both connections stand, and packets come."""
    up, down = page.up, page.down
    if up is None or down is None or not (up.link.connected.is_set() and down.link.connected.is_set()):
        return False
    return any(heard.packets for heard in down.heard.values())


async def until_live(pages: list[Page], within_s: float) -> dict[Page, float]:
    """Seconds from now until each page is live. Raises TimeoutError."""
    began_s, times = monotonic_s(), dict[Page, float]()
    while len(times) < len(pages):
        if monotonic_s() - began_s > within_s:
            raise TimeoutError(f"{len(times)} of {len(pages)} pages are live after {within_s:.0f} s")
        for page in pages:
            if page not in times and is_live(page):
                times[page] = monotonic_s() - began_s
        await asyncio.sleep(POLL_S)
    return times


@dataclass(frozen=True, slots=True)
class Round:
    """One death of the node; all in seconds after it."""

    started: float
    """The supervisor has started another process."""
    serving: float
    """It serves."""
    back: tuple[float, ...]
    """Each page is back, in order."""


async def kill_node(product: Product, pages: list[Page]) -> Round:
    """Kill the node; wait until all pages are back."""
    killed_s = time.time()
    os.kill(product.pid_of("node"), signal.SIGKILL)
    for page in pages:  # what stands now is dead, though nobody has noticed
        for link in (page.up and page.up.link, page.down and page.down.link):
            if link:
                link.connected.clear()
    back = sorted((await until_live(pages, BACK_TIMEOUT_S)).values())
    log = [json.loads(line) for line in product.log("node").splitlines() if line.startswith("{")]
    served = [line["timestamp"] for line in log if line["event"] == "media.node_started"][-1]
    started = [event["timestamp"] for event in product.events("child_started") if event["child"] == "node"][-1]
    return Round(_since(killed_s, started), _since(killed_s, served), tuple(back))


def _since(begin_s: float, timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp() - begin_s


async def measure(product: Product, peers: int, rounds: int) -> list[Round]:
    """Fill the demonstration's session and kill the node ``rounds`` times."""
    cast = read_cast(product.data)
    company = Company(argparse.Namespace(address=product.url))
    audience = [*cast.sites, *cast.delegates, *(Login(name, PASSWORD) for name in MORE)][: peers - 2]
    speaker = await company.enter(cast.presenter)
    company.session = speaker._session = speaker._visit.session or ""
    chair, *_ = await asyncio.gather(*(company.enter(login) for login in (cast.chair, *audience)))
    talk = read_clip(PICTURE, SOUND)
    deaths: list[Round] = []
    async with asyncio.TaskGroup() as lives:
        tasks = [lives.create_task(page.run()) for page in company.pages]
        tasks.append(lives.create_task(scripts.preside(chair, random.Random(57), [speaker])))  # noqa: S311
        tasks.append(lives.create_task(scripts.present(speaker, talk, cues())))
        try:
            await until_live(company.pages, JOIN_TIMEOUT_S)
            print(f"{len(company.pages)} pages are live", flush=True)
            for _ in range(rounds):
                await asyncio.sleep(SETTLED_S + 1)
                done = await kill_node(product, company.pages)
                deaths.append(done)
                print(
                    f"killed: started anew after {done.started:.2f} s, serving after {done.serving:.2f} s, "
                    f"the first page back after {done.back[0]:.2f} s, the last after {done.back[-1]:.2f} s",
                    flush=True,
                )
        finally:
            for task in tasks:
                task.cancel()
    return deaths


def main() -> int:
    """Returns the exit code: 1 where the last page came back too late in the median round."""
    parser = argparse.ArgumentParser(prog="diemcau bench restart", description=__doc__)
    parser.add_argument("--peers", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as product:
        deaths = asyncio.run(measure(product, options.peers, options.rounds))
    last, least, most = spread([each.back[-1] for each in deaths])
    figures = {
        "peers": len(deaths[0].back),
        "started_s": round(spread([each.started for each in deaths])[0], 2),
        "serving_s": round(spread([each.serving for each in deaths])[0], 2),
        "first_back_s": round(spread([each.back[0] for each in deaths])[0], 2),
        "median_back_s": round(spread([spread(each.back)[0] for each in deaths])[0], 2),
        "all_back_s": round(last, 2),
        "all_back_least_s": round(least, 2),
        "all_back_most_s": round(most, 2),
        "must_s": MUST_S,
    }
    report.write("restart", figures, options.json)
    return 0 if last <= MUST_S else 1


if __name__ == "__main__":
    sys.exit(main())
