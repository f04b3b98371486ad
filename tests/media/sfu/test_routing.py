"""Who is in which slot: the program, and nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from media.plane import Content, Program
from media.sfu.routing import named_sources, recorded_sources, slots_for

PEERS = ("hub", "a", "b", "c", "d")


def program(**fields: Any) -> Program:
    return Program.model_validate({"seq": 1, "at_ms": 1, "state": "live", "title": "", **fields})


def voices(slots: dict[str, tuple[str, str] | None]) -> list[str | None]:
    return [source[0] if (source := slots[f"voice{number}"]) else None for number in range(3)]


def test_speaker_is_heard_in_the_first_slot() -> None:
    slots = slots_for(program(speaker="a", voices=("hub", "a")), "viewer", {})
    assert voices(slots) == ["a", "hub", None]
    assert slots["speaker"] == ("a", "camera")


def test_nobody_hears_themselves() -> None:
    assert voices(slots_for(program(speaker="a", voices=("hub", "a")), "a", {})) == [None, "hub", None]
    assert slots_for(program(speaker="a", voices=("a",)), "a", {})["speaker"] == ("a", "camera")


def test_voice_stays_in_its_slot_when_others_come_and_go() -> None:
    before = slots_for(program(speaker="a", voices=("a", "hub", "b")), "viewer", {})
    after = slots_for(program(speaker="a", voices=("b", "a", "c")), "viewer", before)
    assert voices(before) == ["a", "hub", "b"]
    assert voices(after) == ["a", "c", "b"]


def test_voice_gives_the_first_slot_to_the_speaker() -> None:
    before = slots_for(program(speaker="hub", voices=("hub",)), "viewer", {})
    after = slots_for(program(speaker="a", voices=("hub", "a")), "viewer", before)
    assert voices(before) == ["hub", None, None]
    assert voices(after) == ["a", "hub", None]


def test_screen_is_content_only_when_the_program_says_so() -> None:
    shared = Content(kind="screen", peer="hub")
    assert slots_for(program(content=shared), "viewer", {})["content"] == ("hub", "screen")
    assert slots_for(program(content=Content(kind="deck", image="/x.png")), "viewer", {})["content"] is None
    assert named_sources(program(content=shared)) == {("hub", "screen")}


def test_who_stands_beside_the_speaker_is_recorded_and_sent_to_nobody() -> None:
    together = program(speaker="a", voices=("a", "hub"), beside=("hub",))
    assert recorded_sources(together) - named_sources(together) == {("hub", "camera")}
    assert ("hub", "camera") not in slots_for(together, "viewer", {}).values()


def test_nothing_is_carried_when_ended() -> None:
    ended = program(state="ended", speaker="a", voices=("a",), content=Content(kind="screen", peer="a"))
    assert set(slots_for(ended, "viewer", {}).values()) == {None}
    assert named_sources(ended) == recorded_sources(ended.model_copy(update={"beside": ("a",)})) == frozenset()


@given(
    st.lists(
        st.builds(
            program,
            speaker=st.sampled_from([None, *PEERS]),
            voices=st.lists(st.sampled_from(PEERS), max_size=5).map(tuple),
        ),
        max_size=6,
    ),
    st.sampled_from(["viewer", "hub"]),
)
def test_slots_carry_only_what_is_named(programs: list[Program], viewer: str) -> None:
    slots: dict[str, Any] = {}
    for each in programs:
        slots = slots_for(each, viewer, slots)
        heard = [voice for voice in voices(slots) if voice is not None]
        wanted = set(each.voices) - {viewer}
        assert len(heard) == len(set(heard)) == min(3, len(wanted))
        assert set(heard) <= wanted
        assert {source for source in slots.values() if source} <= named_sources(each)
        if each.speaker in wanted:
            assert voices(slots)[0] == each.speaker
