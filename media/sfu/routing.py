"""Who is in which slot of which viewer: read off the program, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from media.plane import Program
from media.sfu.codecs import VOICES, Kind

Source = tuple[str, Kind]
"""A peer's track."""


def slots_for(
    program: Program, viewer: str, before: dict[str, Source | None], voices: Sequence[str] = VOICES
) -> dict[str, Source | None]:
    """What each slot of ``viewer`` carries under ``program``, given what it carried before. ``voices``: the slots in which it
    takes a voice; a player may take only one.

    Nobody hears themselves. Voices stay in their slot while they last, but for the speaker's, which is in the first slot, next
    to the picture with which the browser keeps it in time. An ended session carries nothing.
    """
    slots: dict[str, Source | None] = dict.fromkeys((*VOICES, "speaker", "content"))
    if program.state == "ended":
        return slots
    held = [source[0] if (source := before.get(mid)) else None for mid in voices]
    for mid, voice in zip(voices, _voices(program, viewer, held), strict=True):
        slots[mid] = (voice, "mic") if voice is not None else None
    if program.speaker is not None:
        slots["speaker"] = (program.speaker, "camera")
    if program.content.kind == "screen" and program.content.peer is not None:
        slots["content"] = (program.content.peer, "screen")
    return slots


def recorded_sources(program: Program) -> frozenset[Source]:
    """What a recording captures: what anybody may hear or see, and the cameras beside the speaker's."""
    beside = program.beside if program.state != "ended" else ()
    return named_sources(program) | {(peer, "camera") for peer in beside}


def named_sources(program: Program) -> frozenset[Source]:
    """All tracks that the program lets anybody hear or see."""
    if program.state == "ended":
        return frozenset()
    sources: set[Source] = {(voice, "mic") for voice in program.voices}
    if program.speaker is not None:
        sources.add((program.speaker, "camera"))
    if program.content.kind == "screen" and program.content.peer is not None:
        sources.add((program.content.peer, "screen"))
    return frozenset(sources)


def _voices(program: Program, viewer: str, held: Sequence[str | None]) -> list[str | None]:
    heard = [voice for voice in dict.fromkeys(program.voices) if voice != viewer]
    if not held:
        return []
    first = program.speaker if program.speaker in heard else None
    others = [voice for voice in heard if voice != first][: len(held) - (first is not None)]
    slots: list[str | None] = [voice if voice in others else None for voice in held]
    if first is not None:
        slots[0] = first
    # New voices fill the back first: the front slot is the next speaker's.
    free = [place for place in (*range(1, len(slots)), 0) if slots[place] is None]
    for voice in others:
        if voice not in slots:
            slots[free.pop(0)] = voice
    return slots
