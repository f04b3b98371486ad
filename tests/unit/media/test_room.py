"""The order in which things give way when the disk fills up."""

from __future__ import annotations

import pytest

from media.room import MARKS, Room, enough_bytes, room_of

SHRINKING = sorted(MARKS, key=lambda room: -MARKS[room])


def test_marks_come_in_the_order_of_what_gives_way() -> None:
    assert [Room.LOW, Room.FRUGAL, Room.RELEASING, Room.NONE] == SHRINKING


@pytest.mark.parametrize("room", SHRINKING)
def test_each_begins_below_its_mark_and_is_over_a_tenth_above(room: Room) -> None:
    before = Room(room - 1)
    assert room_of(MARKS[room], before) == before
    assert room_of(MARKS[room] - 1, before) == room
    assert room_of(MARKS[room] - 1, Room.AMPLE) == room, "however fast it came"
    assert room_of(enough_bytes(room) - 1, room) == room
    assert room_of(enough_bytes(room), room) == before


def test_room_that_returns_at_once_ends_all() -> None:
    assert room_of(1 << 40, Room.NONE) == Room.AMPLE
