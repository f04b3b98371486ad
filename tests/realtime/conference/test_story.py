"""The story of a session as pages live it."""

from __future__ import annotations

from tests.realtime.conference.conftest import Stage

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1"


async def test_floor_travels_to_every_page_and_to_the_plane_when_granted(stage: Stage) -> None:
    chair = await stage.open(stage.cast.chair)
    site = await stage.open(stage.cast.operator)
    assert site.snapshot is not None and site.welcome is not None
    seat = site.welcome.seat

    assert (await chair.say("session.to", state="live"))["type"] == "ok"
    assert (await site.say("floor.request"))["type"] == "ok"
    assert (await chair.say("floor.grant", seat=seat))["type"] == "ok"
    await site.shows(lambda s: s.program.floor.holder == seat)
    assert site.snapshot.program.speaker == seat
    program = await stage.plane.program_where(stage.session_id, lambda p: p.speaker == seat)
    assert program.state == "live"
    assert seat in program.voices
    assert program.plates[seat].name == "Huyện Hòn Đất"

    assert (await site.say("floor.yield"))["type"] == "ok"
    program = await stage.plane.program_where(stage.session_id, lambda p: p.speaker != seat)
    assert seat not in program.voices


async def test_media_is_negotiated_when_asked(stage: Stage) -> None:
    page = await stage.open(stage.cast.presenter)
    assert page.welcome is not None
    answer = await page.say("up.offer", sdp=SDP)
    assert answer["type"] == "up.answer" and page.welcome.seat in answer["sdp"]
    offer = await page.say("down.start")
    assert offer["type"] == "down.offer"
    assert (await page.say("down.answer", sdp=SDP))["type"] == "ok"
    assert stage.plane.subscribed_with[stage.session_id, page.welcome.seat] == SDP
