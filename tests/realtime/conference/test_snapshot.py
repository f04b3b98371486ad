"""The key test: what a page has put together from an old snapshot and the events since is what a fresh snapshot says."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from conference import live, selectors
from conference.database import in_database
from conference.models import Session
from conference.services import decks
from core.clock import now
from media.plane import RecordingFinished, RecordingStarted, RecordingTrouble
from people.permissions import Role
from tests.factories.conference import make_deck, make_item
from tests.realtime.conference.conftest import Stage
from tests.support.pages import Page
from tests.support.pdf import make_pdf

STEPS = 60


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests talk faster than people."""
    monkeypatch.setattr("conference.domain.rate.Bucket.take", lambda *_: True)


class Players:
    """Pages of several roles that do at random what their controls let them do."""

    def __init__(self, stage: Stage, chance: random.Random) -> None:
        self.stage = stage
        self.chance = chance
        self.pages: list[Page] = []

    async def come(self, role: Role) -> None:
        self.pages.append(await self.stage.open(self.stage.cast.people[role]))

    async def step(self, items: list[str], deck: str) -> None:
        chance, page = self.chance, self.chance.choice(self.pages)
        assert page.snapshot is not None
        seats = [seat.id for seat in page.snapshot.seats]
        commands: list[tuple[str, dict[str, Any]]] = [
            ("floor.request", {}),
            ("floor.withdraw", {}),
            ("floor.yield", {}),
            ("floor.grant", {"seat": chance.choice(seats)}),
            ("floor.refuse", {"seat": chance.choice(seats)}),
            ("floor.move", {"seat": chance.choice(seats), "to": chance.randrange(3)}),
            ("floor.recall", {}),
            ("speaker.pin", {"seat": chance.choice([None, *seats])}),
            ("presenter.set", {"seat": chance.choice([None, *seats])}),
            ("agenda.start", {"item": chance.choice(items)}),
            ("content.deck", {"deck": deck, "page": chance.randrange(1, 5)}),
            ("content.screen", {}),
            ("content.clear", {}),
            ("chat.send", {"text": f"tin {chance.random()}", "room": chance.choice(["all", "technicians"])}),
            ("session.to", {"state": chance.choice(["open", "live", "break", "live"])}),
            ("heartbeat", {"number": 1}),
        ]
        name, fields = chance.choice(commands)
        await page.say(name, **fields)

    async def agree_with_a_fresh_snapshot(self) -> None:
        session_id = self.stage.session_id
        seq = (await in_database(Session.objects.get, public_id=session_id)).seq
        for page in self.pages:
            await page.until_seq(seq)
            assert page.snapshot is not None and page.welcome is not None
            technicians = "chat.technicians" in page.welcome.abilities
            assert page.snapshot == await in_database(selectors.snapshot, session_id, technicians=technicians)
            assert not [m for m in page.messages if m["type"] == "resynced"]


@pytest.mark.parametrize("seed", range(4))
async def test_a_stale_snapshot_and_the_events_since_equal_a_fresh_snapshot(
    stage: Stage, unhurried: None, seed: int, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    players = Players(stage, random.Random(seed))  # noqa: S311  (repeatable on purpose)
    session = stage.cast.session
    deck = await in_database(make_deck, session.conference, pages=4)
    items = [(await in_database(make_item, session, f"Mục {n}", presenter=stage.cast.presenter)).public_id for n in range(3)]
    await players.come(Role.CHAIR)
    await players.come(Role.DELEGATE)
    coming = [Role.PRESENTER, Role.SITE_OPERATOR, Role.TECHNICIAN, Role.VIEWER]
    for number in range(STEPS):
        await players.step(items, deck.public_id)
        if coming and number % 10 == 5:
            await players.come(coming.pop())
        if number == 20:
            fields = {"title": "Chuyên đề 2", "data": make_pdf(2), "by": None, "now": now()}
            added = await in_database(decks.add_deck, conference=session.conference, **fields)
            await in_database(decks.render_deck, deck_id=added.public_id)
    await players.agree_with_a_fresh_snapshot()

    leaving = players.pages.pop()
    await leaving.say("leave")
    chair = players.pages[0]
    await chair.say("session.to", state="live")
    await in_database(session.refresh_from_db)
    for event in (
        RecordingStarted(session=session.public_id, at_ms=1, recording=session.recording_id, zero_ms=1_800_000_000_000),
        RecordingTrouble(session=session.public_id, at_ms=2, recording=session.recording_id, code="recording.disk_full"),
    ):
        await live.current().hear(event)
    await chair.say("session.to", state="ended")
    await live.current().hear(
        RecordingFinished(session=session.public_id, at_ms=3, recording=session.recording_id, duration_ms=60_000)
    )
    await players.agree_with_a_fresh_snapshot()
    assert chair.snapshot is not None
    assert (chair.snapshot.program.state, chair.snapshot.recording.state) == ("ended", "ready")
