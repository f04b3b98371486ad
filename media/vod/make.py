"""Making one thing of a recording: the steps of each kind, from the recording's folder to a file in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.clock import monotonic_s
from media.vod import plan
from media.vod.ladder import PICTURES, Span
from media.vod.loudness import gain_db, read_lufs
from media.vod.package import Tell, package, package_sound
from media.vod.place import attempt, replace, size_of
from media.vod.plan import PART_SOUND, SEGMENT_S, Source
from media.vod.read import (
    Shot,
    Sound,
    Unreadable,
    frames_of,
    shots_of_part,
    shots_of_recording,
    sound_of_file,
    sound_of_recording,
)
from media.vod.run import Beat, Outcome, part_of, run_plan
from media.vod.thumbs import INDEX, index_vtt

LADDER = ".ladder"
"""Folder of a recording in which parts wait until all of them are there."""
_BEAT_S = 2.0
_STOPPED, _DONE = Outcome("cancelled"), Outcome("done")


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt. ``limit_s`` is the time that one run of ffmpeg may take."""

    source: Source
    lease: str
    beat: Beat
    limit_s: float


@dataclass(frozen=True, slots=True)
class Made:
    """``file`` lies below the recording's folder; it is empty where nothing came of it."""

    outcome: Outcome
    file: str = ""
    size: int = 0


def make(kind: str, work: Work, parts: Sequence[Span] = ()) -> Made:
    """Make ``kind``; a picture of the ladder is joined of its ``parts``. The result stands in its place, whole, or nothing
    changed."""
    folder = work.source.folder
    result = {"mp4": "video.mp4", "poster": "poster.jpg", "thumbs": f"thumbs/{INDEX}", "sound": "full/index.m3u8"}.get(
        kind, f"{kind}/index.m3u8"
    )
    with attempt(folder, kind, work.lease) as temporary:
        try:
            outcome = _join(kind, work, temporary, parts) if kind in PICTURES else _MAKERS[kind](work, temporary)
            if outcome.kind != "done":
                return Made(outcome)
            top = Path(result).parts[0]
            size = size_of(temporary / top)
            replace(temporary / top, folder / top)
        except (Unreadable, OSError, ValueError) as error:
            return Made(Outcome("failed", f"{type(error).__name__}: {error}"))
    return Made(_DONE, result, size)


def make_part(work: Work, number: int, span: Span, heights: Sequence[str]) -> tuple[Outcome, list[str]]:
    """Make the pictures of one part in all ``heights`` in one run. Where that fails each is tried alone, so that one that
    cannot be made takes no other with it. What became of it, and what was made."""
    made: list[str] = []
    worst = _DONE
    cuts = work.source.cuts[span.first : span.first + span.count]
    groups = [list(heights)]
    while groups:
        group = groups.pop(0)
        with attempt(work.source.folder, part_name(number), work.lease) as temporary:
            try:
                outcome = run_plan(plan.pictures(work.source, cuts, group, temporary), work.beat, work.limit_s)
                if outcome.kind == "done":
                    for height in group:
                        place = part_file(work.source.folder, height, number)
                        place.parent.mkdir(parents=True, exist_ok=True)
                        replace(temporary / f"{height}.mp4", place)
                    made += group
            except OSError as error:
                outcome = Outcome("failed", f"{type(error).__name__}: {error}")
        if outcome.kind == "cancelled":
            return outcome, made
        if outcome.kind != "done":
            worst = outcome
            groups += [[height] for height in group] if len(group) > 1 else []
    return (worst if len(made) < len(heights) else _DONE), made


def part_name(number: int) -> str:
    """Of a part's files."""
    return f"part-{number:04d}"


def part_file(folder: Path, height: str, number: int) -> Path:
    """Where a part in one height waits for the others; its folder is the ladder's own."""
    return folder / LADDER / height / f"{part_name(number)}.mp4"


def _even(work: Work, temporary: Path) -> Outcome:
    """Measure the sound, bring it to the wanted loudness, and put it beside the recording's own pictures."""
    source, full = work.source, temporary / "full"
    full.mkdir()
    measured = run_plan(plan.measure_sound(source), part_of(work.beat, 0.0, 0.3), work.limit_s)
    if measured.kind != "done":
        return measured
    lufs = read_lufs(measured.words.splitlines())
    if lufs is None:
        return Outcome("failed", measured.words)
    evened = plan.even_sound(source, gain_db(lufs), full / PART_SOUND)
    outcome = run_plan(evened, part_of(work.beat, 0.3, 0.7), work.limit_s)
    if outcome.kind != "done":
        return outcome
    shots = shots_of_recording(source.playlist.parent, source.cuts, source.fps)
    tell = _paced(part_of(work.beat, 0.7, 1.0))
    return _told(package(full, source.cuts, source.fps, shots, sound_of_file(full / PART_SOUND), tell))


def _small_sound(work: Work, temporary: Path) -> Outcome:
    folder, file = temporary / "audio", temporary / "small.m4a"
    folder.mkdir()
    outcome = run_plan(plan.small_sound(work.source, file), part_of(work.beat, 0.0, 0.9), work.limit_s)
    if outcome.kind != "done":
        return outcome
    tell = _paced(part_of(work.beat, 0.9, 1.0))
    return _told(package_sound(folder, SEGMENT_S, work.source.duration_s, sound_of_file(file), tell))


def _download(work: Work, temporary: Path) -> Outcome:
    return run_plan(plan.download(work.source, temporary), work.beat, work.limit_s)


def _poster(work: Work, temporary: Path) -> Outcome:
    return run_plan(plan.poster(work.source, temporary), work.beat, work.limit_s)


def _thumbnails(work: Work, temporary: Path) -> Outcome:
    folder = temporary / "thumbs"
    folder.mkdir()
    outcome = run_plan(plan.thumbnails(work.source, folder), work.beat, work.limit_s)
    (folder / INDEX).write_text(index_vtt(work.source.duration_ms))
    return outcome


def _join(height: str, work: Work, temporary: Path, parts: Sequence[Span]) -> Outcome:
    source, folder = work.source, temporary / height
    folder.mkdir()

    def shots() -> Iterator[Shot]:
        for number, span in enumerate(parts):
            frames = [frames_of(cut, source.fps) for cut in source.cuts[span.first : span.first + span.count]]
            yield from shots_of_part(part_file(source.folder, height, number), frames, source.fps)

    return _told(package(folder, source.cuts, source.fps, shots(), _sound(source), _paced(work.beat)))


def _sound(source: Source) -> Sound:
    if source.evened:
        return sound_of_file(source.sound)
    return sound_of_recording(source.playlist.parent, source.cuts)


def _told(finished: bool) -> Outcome:
    return _DONE if finished else _STOPPED


def _paced(beat: Beat) -> Tell:
    """Asks ``beat`` now and then, not after every segment: it writes to the database."""
    asked_s = monotonic_s()

    def tell(share: float) -> bool:
        nonlocal asked_s
        if monotonic_s() - asked_s < _BEAT_S:
            return True
        asked_s = monotonic_s()
        return beat(share)

    return tell


_MAKERS: dict[str, Callable[[Work, Path], Outcome]] = {
    "sound": _even, "audio": _small_sound, "mp4": _download, "poster": _poster, "thumbs": _thumbnails,
}  # fmt: skip
