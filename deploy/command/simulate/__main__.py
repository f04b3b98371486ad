"""``./diemcau simulate [--sites N] [--minutes N]``: a living conference for one person alone at a laptop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import resource
import sys
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import monotonic_s
from deploy.command.places import DEFAULT_DATA, data_folder
from deploy.command.say import Trouble, line, trouble
from deploy.command.simulate import scripts
from deploy.command.simulate.logins import log_in
from deploy.command.simulate.page import Page, Refused
from deploy.command.simulate.picture import site_picture
from deploy.command.simulate.visitor import Login, Visit, address_of, interleaved, read_cast, sign_in
from deploy.command.simulate.websocket import Closed
from deploy.demo.talk import PICTURE, SOUND, cues
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate
from media.simpeer_clip import Clip, read_clip

SIGN_IN_AT_ONCE = 3
ENTER_AT_ONCE, ENTER_TIMEOUT_S = 8, 20.0
PICTURES = 24
"""So many are drawn; where there are more sites some look alike."""
JOIN_TIMEOUT_S = 90.0
"""After this the time that was asked for begins, with those who are in."""
TELL_EVERY_S = 30
PROGRESS_EVERY_S = 3
_CAUSES = {"seat.occupied": "ghế đã có người · the seat is taken by a person's page"}


class Over(Exception):
    """The session has ended, or the time that was asked for is over: so is the simulation. Says why, where that is news."""


@dataclass
class Company:
    """All the simulated people of one run."""

    options: argparse.Namespace
    session: str = ""
    pages: list[Page] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    certificate: Certificate = field(default_factory=Certificate)
    clock: NodeClock = field(default_factory=NodeClock)
    cookies: dict[str, str] = field(default_factory=dict)
    """Of those who are logged in without a password, by user name."""
    door: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SIGN_IN_AT_ONCE))
    entrance: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ENTER_AT_ONCE))
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)
    pictures: dict[int, Clip] = field(default_factory=dict)
    end_s: float | None = None
    """When the time that was asked for is over (monotonic); None until all are in, or as many as can be."""

    @property
    def wanted(self) -> int:
        """How many pages there are to be: the presenter, the sites, the delegates, and the chair unless a person has the seat."""
        return int(1 + self.options.sites + self.options.delegates + self.options.chair)

    def page(self, visit: Visit) -> Page:
        """A page for somebody who has signed in."""
        page = Page(self.options.address, self.session, visit, self.certificate, self.clock)
        self.pages.append(page)
        return page

    async def enter(self, login: Login) -> Page:
        """Sign in, unless that has been done, and make a page."""
        if login.username in self.cookies:
            return self.page(Visit(self.cookies[login.username], home=""))
        async with self.door:
            return self.page(await sign_in(self.options.address, login))

    async def picture(self, number: int) -> Clip:
        """The picture of a site; one at a time is drawn, beside those who are in already."""
        async with self.drawing:
            if number not in self.pictures:
                path = await asyncio.to_thread(site_picture, self.options.data / "cache" / "simulate", number)
                self.pictures[number] = await asyncio.to_thread(read_clip, path)
            return self.pictures[number]


async def simulate(options: argparse.Namespace) -> int:
    """Fill the session for as long as was asked; gives how many packets came. Raises Trouble where it cannot begin."""
    options.address = (options.address or address_of(options.data)).rstrip("/")
    cast = read_cast(options.data)
    talk = read_clip(PICTURE, SOUND)
    company = Company(options)
    presenter = await sign_in(options.address, cast.presenter)
    company.session = options.session or presenter.session or ""
    if not company.session:
        raise Trouble("chưa có phiên nào · no session is on or near; ./diemcau manage demo --another-session plans one")
    line(f"  phiên · session {company.session}: {options.sites} điểm cầu · sites, {options.delegates} đại biểu · delegates")
    attending = list(interleaved(cast, options.sites, options.delegates))
    company.cookies = await log_in(options.data, [login.username for login, _ in attending])
    began_s, spent_s = monotonic_s(), _cpu_s()
    chance = random.Random(options.seed)  # noqa: S311
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_tell(company))
            speaker = company.page(presenter)
            group.create_task(_take_part(company, "báo cáo viên", speaker, scripts.present(speaker, talk, cues())))
            if options.chair:
                chair = await company.enter(cast.chair)
                script = scripts.preside(chair, random.Random(chance.random()), [speaker])  # noqa: S311
                group.create_task(_take_part(company, "chủ trì", chair, script))
            for number, (login, is_site) in enumerate(attending):
                group.create_task(_attend(company, group, login, number, talk, random.Random(chance.random()), is_site))  # noqa: S311
    except* Over as over:
        for reason in over.exceptions:
            if str(reason):
                line(f"  {reason}")
    share = (_cpu_s() - spent_s) / max(1.0, monotonic_s() - began_s) / max(1, len(company.pages))
    packets = sum(page.received for page in company.pages)
    line(f"  xong · done: {packets} packets came, {share:.1%} of a core for each of {len(company.pages)}")
    return packets


async def _attend(
    company: Company, group: asyncio.TaskGroup, login: Login, number: int, talk: Clip, chance: random.Random, is_site: bool
) -> None:
    try:
        page = await company.enter(login)
    except Trouble as error:
        company.left.append(str(error))
        trouble(error)
        return
    script = _listen_and_speak(company, page, number, talk, chance, is_site)
    async with company.entrance:
        group.create_task(_take_part(company, login.username, page, script))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(page.joined.wait(), ENTER_TIMEOUT_S)


async def _listen_and_speak(company: Company, page: Page, number: int, talk: Clip, chance: random.Random, is_site: bool) -> None:
    """The site is in already while its picture is being drawn, which may take a while."""
    begin_us = number * 7_000_000 % max(1, talk.length_us - 20_000_000)
    length_us = int(scripts.SPEECH_S * 1_000_000)
    clip = talk.part(begin_us, length_us).with_picture(await company.picture(number % PICTURES))
    await scripts.attend(page, chance, clip, eager=is_site)


async def _take_part(company: Company, name: str, page: Page, script: object) -> None:
    """A page and what its person does; where the page ends, so does the script. Says why, and the others go on."""
    assert asyncio.iscoroutine(script)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(script)
            await page.run()
    except* Refused as refused:
        _left(company, name, refused.exceptions[0])
    except* (Closed, OSError, TimeoutError, ValueError) as ended:
        _left(company, name, ended.exceptions[0])


def _left(company: Company, name: str, error: BaseException) -> None:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    code = error.code if isinstance(error, Refused) else f"{type(error).__name__} {error}"
    company.left.append(name)
    line(f"  {name}: {_CAUSES.get(str(code), code)}")


async def _tell(company: Company) -> None:
    """Says how many are in every few seconds, then, once all are, how it goes. Starts the clock; raises Over at the end."""
    next_s, patience_s = 0.0, monotonic_s() + JOIN_TIMEOUT_S
    while True:
        await asyncio.sleep(0.5)
        joined, now_s = _joined(company), monotonic_s()
        if any(page.program.state == "ended" for page in joined):
            raise Over("phiên đã kết thúc · the session has ended")
        if company.end_s is None and (len(joined) + len(company.left) >= company.wanted or now_s > patience_s):
            company.end_s, next_s = now_s + company.options.minutes * 60, 0.0
        if company.end_s is not None and now_s >= company.end_s:
            raise Over
        if now_s >= next_s:
            line(_state(joined) if company.end_s is not None else f"  {len(joined)}/{company.wanted} đang vào · coming in…")
            next_s = now_s + (TELL_EVERY_S if company.end_s is not None else PROGRESS_EVERY_S)


def _joined(company: Company) -> list[Page]:
    return [page for page in company.pages if page.joined.is_set()]


def _state(joined: list[Page]) -> str:
    hearing = sum(page.down is not None and page.down.link.connected.is_set() for page in joined)
    said = f"  {len(joined)} có mặt · present, {hearing} nhận tiếng và hình · receiving"
    holder = joined[0].program.floor.holder if joined else None
    seat = joined[0].seat_view(holder) if holder is not None else None
    return said if seat is None else f"{said}, {seat.name} đang phát biểu · has the floor"


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="diemcau simulate", description="Fill the running demo session with simulated sites.")
    parser.add_argument(
        "--address", default=None, help="where the pages are (default: those of the run that has the data folder)"
    )
    parser.add_argument("--data", type=data_folder, default=None, help="the data folder of the run (default .data)")
    parser.add_argument("--session", default="", help="id of the session (default: the one that is on)")
    parser.add_argument("--sites", type=int, default=15, help="how many sites (default 15)")
    parser.add_argument("--delegates", type=int, default=3, help="how many who join alone (default 3)")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long (default 3)")
    parser.add_argument("--seed", type=int, default=57, help="for chance: the same number, the same run")
    parser.add_argument("--no-chair", dest="chair", action="store_false", help="leave the chair's seat to a person")
    options = parser.parse_args(arguments)
    options.data = (options.data or Path(os.environ.get("DIEMCAU_DATA") or DEFAULT_DATA)).expanduser().resolve()
    if options.sites < 0 or options.delegates < 0 or not 0 < options.minutes <= 24 * 60:
        parser.error("--sites and --delegates must not be negative, --minutes must be between 0 and 1440")
    return options


def main() -> int:
    """Returns the exit code."""
    loop_factory = None
    with contextlib.suppress(ImportError):  # a hundred and fifty peers wake up fifteen thousand times a second
        import uvloop

        loop_factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            packets = runner.run(simulate(_parse(sys.argv[1:])))
    except Trouble as error:
        trouble(error)
        return 1
    except KeyboardInterrupt:
        return 130
    except BaseExceptionGroup as errors:
        matched, rest = errors.split(Trouble)
        if matched is None or rest is not None:
            raise
        trouble(Trouble(str(matched.exceptions[0])))
        return 1
    if packets == 0:
        trouble(Trouble("không nhận được hình và tiếng · no sound or picture arrived: is UDP to the media node blocked?"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
