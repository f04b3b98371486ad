"""Encoders and players over HTTP: who may, what is refused, and what it does to the seat. With a fake media plane."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db.models import QuerySet
from django.test import AsyncClient
from django.urls import reverse

from conference import live
from conference.domain.program import State
from conference.models import ProgramEntry, RosterEntry, Seat, StreamKey
from conference.services import streams
from conference.views import whip
from core.clock import now
from core.errors import Conflict, Invalid, NotAllowed, NotFound
from media.plane import LinkQuality, PeerSilent
from people.models import User
from people.permissions import Role
from tests.factories.conference import Cast
from tests.realtime.conference.conftest import Stage
from tests.support.plane import FakePlane
from training.attendance.domain.connection import Kind
from training.attendance.models import Evidence

OFFER = "v=0\r\nan encoder's offer"
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whip, "limits", whip._Limits())


async def in_database(work: Callable[..., Any], *args: Any, **fields: Any) -> Any:
    return await database_sync_to_async(work)(*args, **fields)


def make(cast: Cast, kind: str = "whip") -> tuple[StreamKey, str]:
    seat = Seat.objects.filter(session=cast.session, site__isnull=False).exclude(site=cast.session.conference.hub).first()
    if seat is None:
        streams_seats(cast)
        return make(cast, kind)
    return streams.make_key(session_id=cast.session.public_id, seat_id=seat.public_id, kind=kind, by=cast.technician, now=now())


def streams_seats(cast: Cast) -> None:
    with streams.changing(cast.session.public_id, now=now()) as change:
        streams.seats.seat_everybody(change)


def make_for(cast: Cast, person: User) -> tuple[StreamKey, str]:
    """An encoder's key for the person's own seat."""
    with streams.changing(cast.session.public_id, now=now()) as change:
        seat = streams.seats._seat_of(change, person, [])
    return streams.make_key(session_id=cast.session.public_id, seat_id=seat.public_id, kind="whip", by=cast.technician, now=now())


def roster(cast: Cast, person: User) -> QuerySet[RosterEntry]:
    return RosterEntry.objects.filter(session=cast.session, person=person)


def open_room(cast: Cast) -> None:
    with streams.changing(cast.session.public_id, now=now()) as change:
        change.to_program(change.program.to_state(State.OPEN, at_ms=1), kind="session.opened", actor=None)


async def ask(method: str, path: str, token: str | None = None, body: str = OFFER, kind: str = "application/sdp") -> Any:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    return await AsyncClient().generic(method, path, body, content_type=kind, headers=headers)


async def test_encoder_begins_and_ends(stage: Stage, cast: Cast, plane: FakePlane) -> None:
    await in_database(open_room, cast)
    key, token = await in_database(make, cast)
    answer = await ask("POST", f"/whip/{key.public_id}", token)
    assert (answer.status_code, answer["Content-Type"]) == (201, "application/sdp")
    seat = await in_database(Seat.objects.get, pk=key.seat_id)
    assert answer.content.decode() == f"v=0 answer for {seat.public_id}"
    assert plane.published[cast.session.public_id, seat.public_id] == OFFER
    assert seat.online and seat.holder_page == "stream"
    place = answer["Location"]
    assert place.startswith(f"/whip/{key.public_id}/")
    assert (await ask("PATCH", place, token)).status_code == 405
    assert (await ask("DELETE", f"/whip/{key.public_id}/another", token)).status_code == 404
    assert (await ask("DELETE", place, token)).status_code == 200
    assert plane.dropped_ways == ["up"]
    await in_database(seat.refresh_from_db)
    assert not seat.online
    assert (await ask("DELETE", place, token)).status_code == 404
    kinds = await in_database(lambda: list(Evidence.objects.filter(seat=seat).values_list("kind", flat=True)))
    assert sorted(kinds) == ["join", "leave"]


async def test_encoder_that_is_refused_has_not_attended(stage: Stage, cast: Cast) -> None:
    await in_database(open_room, cast)
    key, token = await in_database(make, cast)
    assert (await ask("POST", f"/whip/{key.public_id}", token, "noise")).status_code == 422
    seat = await in_database(Seat.objects.get, pk=key.seat_id)
    assert not seat.online
    assert not await in_database(Evidence.objects.filter(seat=seat, kind=Kind.JOIN).exists)


async def test_player_watches_beside_the_encoder_of_its_place(stage: Stage, cast: Cast, plane: FakePlane) -> None:
    await in_database(open_room, cast)
    (encoder, first), (player, second) = await in_database(make, cast), await in_database(make, cast, "whep")
    assert (await ask("POST", f"/whip/{encoder.public_id}", first)).status_code == 201
    answer = await ask("POST", f"/whep/{player.public_id}", second)
    seat = await in_database(Seat.objects.get, pk=player.seat_id)
    assert answer.status_code == 201 and answer.content.decode() == f"v=0 answer for player {seat.public_id}"
    assert (await ask("DELETE", answer["Location"], second)).status_code == 200
    await in_database(seat.refresh_from_db)
    assert seat.online, "the encoder is still there"
    assert (await ask("POST", f"/whep/{encoder.public_id}", first)).status_code == 401, "an encoder's key is no player's"


@pytest.mark.parametrize(
    ("path", "token", "fields", "status", "code"),
    [
        ("/whip/{key}", None, {}, 401, "stream.bad_token"),
        ("/whip/{key}", "wrong", {}, 401, "stream.bad_token"),
        ("/whip/nothing", "{token}", {}, 401, "stream.bad_token"),
        ("/whip/{key}", "{token}", {"kind": "text/plain"}, 415, "stream.not_sdp"),
        ("/whip/{key}", "{token}", {"body": "v=0" + "x" * 70_000}, 413, "stream.too_large"),
        ("/whip/{key}", "{token}", {"body": "noise"}, 422, "media.bad_sdp"),
    ],
)
async def test_refusal_is_a_problem_with_a_code(
    stage: Stage, cast: Cast, path: str, token: str | None, fields: dict[str, str], status: int, code: str
) -> None:
    await in_database(open_room, cast)
    key, secret = await in_database(make, cast)
    sent = token.format(token=secret) if token else None
    answer = await ask("POST", path.format(key=key.public_id), sent, **fields)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["code"] == code and problem["status"] == status and problem["detail"]
    assert secret not in answer.content.decode()
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert not (await in_database(Seat.objects.get, pk=key.seat_id)).online


async def test_refused_while_the_session_is_closed_or_a_page_sits_there(stage: Stage, cast: Cast) -> None:
    key, token = await in_database(make, cast)
    answer = await ask("POST", f"/whip/{key.public_id}", token)
    assert (answer.status_code, answer.json()["code"]) == (409, "stream.not_running")
    await in_database(open_room, cast)
    await in_database(Seat.objects.filter(pk=key.seat_id).update, online=True, holder_page="a page", connection="c")
    answer = await ask("POST", f"/whip/{key.public_id}", token)
    assert (answer.status_code, answer.json()["code"]) == (409, "seat.occupied")


async def test_revoked_key_opens_nothing(stage: Stage, cast: Cast) -> None:
    await in_database(open_room, cast)
    key, token = await in_database(make, cast)
    await in_database(streams.revoke_key, session=cast.session, key_id=key.public_id, by=cast.technician, now=now())
    assert (await ask("POST", f"/whip/{key.public_id}", token)).status_code == 401
    with pytest.raises(NotFound):
        await in_database(streams.revoke_key, session=cast.session, key_id="other", by=cast.technician, now=now())


async def test_asking_too_often_is_refused(stage: Stage, cast: Cast) -> None:
    statuses = [(await ask("POST", "/whip/guess", f"guess {number}")).status_code for number in range(whip.BURST + 2)]
    assert statuses == [401] * whip.BURST + [429] * 2


async def test_device_with_its_key_is_not_locked_out_by_its_neighbours(stage: Stage, cast: Cast) -> None:
    await in_database(open_room, cast)
    key, token = await in_database(make, cast)
    for number in range(whip.BURST + 2):
        await ask("POST", f"/whip/{key.public_id}", f"guess {number}")
    assert (await ask("POST", f"/whip/{key.public_id}", token)).status_code == 201


async def test_options_say_what_can_be_sent(stage: Stage, cast: Cast) -> None:
    answer = await ask("OPTIONS", "/whep/anything", body="")
    assert (answer.status_code, answer["Accept-Post"], answer["Access-Control-Allow-Origin"]) == (204, "application/sdp", "*")
    assert (await ask("GET", "/whep/anything", body="")).status_code == 405


async def test_node_keeps_the_seat_while_it_hears_the_device(stage: Stage, cast: Cast, plane: FakePlane) -> None:
    await in_database(open_room, cast)
    key, token = await in_database(make, cast)
    await ask("POST", f"/whip/{key.public_id}", token)
    seat = await in_database(Seat.objects.get, pk=key.seat_id)
    session = cast.session.public_id
    await in_database(Seat.objects.filter(pk=seat.pk).update, lease_until=now() + streams.seats.GRACE)
    running = live.current()
    await running.hear(LinkQuality(session=session, at_ms=1, peer=seat.public_id))
    await running.tick()
    before = seat.lease_until
    await in_database(seat.refresh_from_db)
    assert seat.online and seat.lease_until > before
    await running.hear(PeerSilent(session=session, at_ms=2, peer=seat.public_id, direction="up", gone=True))
    await in_database(seat.refresh_from_db)
    assert not seat.online
    assert await in_database(lambda: StreamKey.objects.get(pk=key.pk).resource) == ""
    assert await in_database(ProgramEntry.objects.filter(session=cast.session).exists)


@pytest.mark.parametrize("how", ["dismissed", "only watches", "switched off"])
async def test_key_opens_nothing_once_its_person_may_not(stage: Stage, cast: Cast, how: str) -> None:
    await in_database(open_room, cast)
    key, token = await in_database(make_for, cast, cast.delegate)
    if how == "dismissed":
        await in_database(roster(cast, cast.delegate).delete)
    elif how == "only watches":
        await in_database(roster(cast, cast.delegate).update, role=Role.VIEWER)
    else:
        await in_database(User.objects.filter(pk=cast.delegate.pk).update, is_active=False)
    assert (await ask("POST", f"/whip/{key.public_id}", token)).status_code == 401
    with pytest.raises(NotAllowed):
        await in_database(streams.admit, key=key, now=now())


async def test_device_of_who_is_no_longer_summoned_is_not_kept(stage: Stage, cast: Cast, plane: FakePlane) -> None:
    await in_database(open_room, cast)
    key, token = await in_database(make_for, cast, cast.delegate)
    assert (await ask("POST", f"/whip/{key.public_id}", token)).status_code == 201
    seat = await in_database(Seat.objects.get, pk=key.seat_id)
    await in_database(roster(cast, cast.delegate).delete)
    await in_database(Seat.objects.filter(pk=seat.pk).update, lease_until=now() + streams.seats.GRACE)
    await live.current().hear(LinkQuality(session=cast.session.public_id, at_ms=1, peer=seat.public_id))
    await live.current().tick()
    await in_database(seat.refresh_from_db)
    assert not seat.online
    assert (plane.dropped, plane.dropped_ways) == ([(cast.session.public_id, seat.public_id)], ["up"])


async def test_device_of_who_is_dismissed_ends_at_once(stage: Stage, cast: Cast, plane: FakePlane) -> None:
    await in_database(open_room, cast)
    key, token = await in_database(make_for, cast, cast.delegate)
    assert (await ask("POST", f"/whip/{key.public_id}", token)).status_code == 201
    client = AsyncClient()
    await client.aforce_login(cast.people[Role.SECRETARY], backend="django.contrib.auth.backends.ModelBackend")
    await client.post(reverse("session-dismiss", args=[cast.session.public_id, cast.delegate.public_id]))
    seat = await in_database(Seat.objects.get, pk=key.seat_id)
    assert not seat.online
    assert plane.dropped == [(cast.session.public_id, seat.public_id)]


def test_key_is_for_a_place_that_may_do_that(cast: Cast) -> None:
    streams_seats(cast)
    seat = Seat.objects.filter(session=cast.session).first()
    assert seat is not None
    Seat.objects.filter(pk=seat.pk).update(role=Role.VIEWER)
    fields: dict[str, Any] = {"session_id": cast.session.public_id, "by": cast.technician, "now": now()}
    with pytest.raises(Invalid):
        streams.make_key(seat_id=seat.public_id, kind="whip", **fields)
    key, token = streams.make_key(seat_id=seat.public_id, kind="whep", **fields)
    assert token not in (key.digest, key.public_id) and len(token) >= 43
    with pytest.raises(NotFound):
        streams.make_key(seat_id="elsewhere", kind="whep", **fields)
    with pytest.raises(NotFound):
        streams.make_key(seat_id=seat.public_id, kind="rtmp", **fields)
    streams.KEYS_A_SESSION, before = 1, streams.KEYS_A_SESSION
    try:
        with pytest.raises(Conflict):
            streams.make_key(seat_id=seat.public_id, kind="whep", **fields)
    finally:
        streams.KEYS_A_SESSION = before
