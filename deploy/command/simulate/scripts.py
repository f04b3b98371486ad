"""What each simulated person does in a session. Chance is seeded: two runs with the same seed do the same."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence

from conference import protocol
from deploy.command.simulate.page import Page, Refused
from deploy.demo.talk import Cue
from media.simpeer_clip import Clip, play

REMARKS = (
    "Điểm cầu đã vào phiên, hình và tiếng rõ.",
    "Kính đề nghị báo cáo viên gửi tài liệu sau hội nghị.",
    "Nhất trí với nội dung báo cáo.",
    "Đề nghị nói rõ thêm về kinh phí cho chuyển đổi số ở cấp xã.",
    "Điểm cầu có mặt đầy đủ theo triệu tập.",
    "Xin cảm ơn báo cáo viên.",
)
MOST_IN_QUEUE = 3
SPEECH_S, LONGEST_SPEECH_S = 14.0, 40.0
BETWEEN_SPEECHES_S = (15.0, 30.0)


async def attend(page: Page, chance: random.Random, clip: Clip, *, eager: bool) -> None:
    """A site or delegate: listens, says a word in the chat, asks for the floor where ``eager``, speaks when it is given."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_chat(page, chance))
        if eager:
            group.create_task(_ask(page, chance))
        while True:
            await page.until(lambda: page.holds_floor)
            await _speak(page, clip)


async def preside(page: Page, chance: random.Random, presenter: Sequence[Page]) -> None:
    """The chair: opens and starts the session, has the presenter speak, and gives the floor from time to time."""
    await page.until(lambda: True)
    for state in ("open", "live"):
        if page.program.state in ("scheduled", "open") and page.program.state != state:
            await _try(page, protocol.SessionTo(type="session.to", state=state))
            await page.until(lambda wanted=state: page.program.state == wanted)  # type: ignore[misc]
    if page.program.presenter is None and presenter:
        await presenter[0].joined.wait()
        items = page.snapshot.agenda if page.snapshot is not None else []
        talk = next((item for item in items if item.presenter is not None), None)
        if talk is not None and talk.id != page.program.agenda_item:
            await _try(page, protocol.AgendaStart(type="agenda.start", item=talk.id))
    if page.program.presenter is None and presenter:
        await _try(page, protocol.PresenterSet(type="presenter.set", seat=presenter[0].seat))
    while True:
        await asyncio.sleep(chance.uniform(*BETWEEN_SPEECHES_S))
        await page.until(lambda: page.program.state == "live" and bool(page.program.floor.queue))
        if page.program.floor.holder is None:
            await _try(page, protocol.FloorGrant(type="floor.grant", seat=page.program.floor.queue[0].seat))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SPEECH_S):
                await page.until(lambda: page.program.floor.holder is None)
        if page.program.floor.holder is not None:
            await _try(page, protocol.FloorRecall(type="floor.recall"))


async def present(page: Page, talk: Clip, cues: Sequence[Cue]) -> None:
    """The presenter: gives the talk again and again while the session is live, turning the pages; waits while another has the
    floor."""
    turning: asyncio.Queue[int] = asyncio.Queue(1)
    shown = 0

    def on_time(at_ms: int) -> None:
        nonlocal shown
        number = next((cue.page for cue in cues if cue.start_ms <= at_ms < cue.end_ms), shown)
        if number != shown and not turning.full():
            shown = number
            turning.put_nowait(number)

    async with asyncio.TaskGroup() as group:
        group.create_task(_turn(page, turning))
        while True:
            await page.until(lambda: page.program.state == "live")
            await play(talk, lambda: page.sending, page.clock, on_time, lambda: not _may_speak(page))


def _may_speak(page: Page) -> bool:
    return page.program.state == "live" and page.program.floor.holder in (None, page.seat)


async def _turn(page: Page, turning: asyncio.Queue[int]) -> None:
    while True:
        number = await turning.get()
        decks = [deck for deck in (page.snapshot.decks if page.snapshot is not None else []) if deck.state == "ready"]
        if decks and number <= decks[0].pages:
            await _try(page, protocol.ContentDeck(type="content.deck", deck=decks[0].id, page=number))


async def _speak(page: Page, clip: Clip) -> None:
    await play(clip, lambda: page.sending, page.clock, stopped=lambda: not page.holds_floor)
    if page.holds_floor:
        await _try(page, protocol.FloorYield(type="floor.yield"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await page.until(lambda: not page.holds_floor)


async def _chat(page: Page, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(chance.uniform(10, 150))
        await page.until(lambda: page.program.state != "ended")
        await _try(page, protocol.ChatSend(type="chat.send", text=chance.choice(REMARKS)))


async def _ask(page: Page, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(chance.uniform(5, 60))
        await page.until(lambda: page.program.state == "live" and len(page.program.floor.queue) < MOST_IN_QUEUE)
        waiting = {request.seat for request in page.program.floor.queue}
        if page.seat not in waiting and not page.holds_floor:
            await _try(page, protocol.FloorRequest(type="floor.request"))


async def _try(page: Page, command: protocol.Command) -> None:
    """Do it, or leave it: another may have been quicker, the session may have ended."""
    with contextlib.suppress(Refused, TimeoutError):
        await page.do(command)
