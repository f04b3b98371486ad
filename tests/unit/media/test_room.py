"""The order in which things give way when the disk fills up."""

from __future__ import annotations

import pytest

from media.room import MARKS, Room, enough_bytes, is_news, marks_of, room_of

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


def test_marks_keep_their_proportions_when_the_first_is_another() -> None:
    assert {Room.LOW: 5 << 30, Room.FRUGAL: 2 << 30, Room.RELEASING: 1 << 30, Room.NONE: 200 << 20} == MARKS
    assert marks_of("0.5") == {room: mark // 10 for room, mark in MARKS.items()}


@pytest.mark.parametrize("text", ["", "năm", "0", "-5", "nan", "inf", "5GB", "1e9"])
def test_a_size_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="DIEMCAU_DISK_LOW_GB"):
        marks_of(text)


@pytest.mark.parametrize(
    ("free", "told", "news"),
    [(80, 100, False), (79, 100, True), (120, 100, False), (121, 100, True), (0, 0, False), (1, 0, True)],
)
def test_what_is_free_is_news_when_it_has_changed_by_a_fifth(free: int, told: int, news: bool) -> None:
    assert is_news(free, told) == news
