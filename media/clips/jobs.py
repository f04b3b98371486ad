"""From a clip's row to its file: claim, pictures that are drawn before, the one run, the result."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from django.utils import translation
from django.utils.formats import date_format

from core.errors import Invalid
from media.captions.selectors import Cue, cues_of
from media.clips.captions import Caption, captions
from media.clips.drawing import CardWords, caption_face, overlay, title_card
from media.clips.letters import check_letters
from media.clips.models import Clip
from media.clips.opened import source_of
from media.clips.plan import CARD_S, MADE, Cut, Drawn, Source, overlay_list, plan
from media.clips.scenes import Stretch
from media.clips.services import CLIPS, finish_clip, forget_files
from media.clips.shapes import SIZES, Shape, arrange
from media.clips.source import scenes_kept
from media.clips.times import frame_at
from media.vod.place import attempt, replace
from media.vod.run import Outcome, run_plan
from media.work.doing import do
from media.work.jobs import Claim


def make(public_id: str) -> None:
    """Make a queued clip. Does nothing where it is not queued (any more)."""
    do(CLIPS.claim(public_id=public_id), _make)


def _make(claim: Claim[Clip]) -> Outcome:
    clip = claim.job
    source = source_of(clip.recording)
    if source is None:
        return Outcome("no_source")
    said = cues_of(clip.recording) if clip.with_captions else []
    try:
        check_letters(said, clip.start_ms, clip.end_ms)
    except Invalid:
        return Outcome("no_letters")
    art = clip.folder.resolve() / f".art.{claim.lease}"
    try:
        outcome = _run(clip, source, said, claim, art)
        if outcome.kind == "done":
            _settle(clip, source, claim)
        return outcome
    finally:
        shutil.rmtree(art, ignore_errors=True)


def cut_of(clip: Clip, source: Source) -> Cut:
    """The clip's frames: those that a player shows at its first and at its last moment, and all between them."""
    last = frame_at((clip.recording.duration_ms or 0) - 2, source.fps)
    end = min(last, frame_at(clip.end_ms, source.fps)) + 1
    return Cut(frame_at(clip.start_ms, source.fps), end, Shape(clip.shape), clip.title)


def _run(clip: Clip, source: Source, said: Sequence[Cue], claim: Claim[Clip], art: Path) -> Outcome:
    cut, scenes = cut_of(clip, source), scenes_kept(clip.recording)
    stretches = scenes.stretches(cut.first, cut.end, source.fps) if scenes else [Stretch(cut.first, cut.end, None)]
    art.mkdir(parents=True)
    drawn = Drawn(_card(clip, stretches, art) if clip.with_card else None, _overlay(said, source, cut, stretches, art))
    if not claim.beat(0.0):
        return Outcome("cancelled")
    folder = clip.folder.resolve()
    with attempt(folder, "clip", claim.lease) as temporary:
        (temporary / MADE).mkdir()
        work = plan(source, cut, stretches, drawn, temporary)
        outcome = run_plan(work, claim.beat, 180 + 20 * work.duration_s)
        if outcome.kind == "done":
            replace(temporary / MADE, folder / MADE)
    return outcome


def _settle(clip: Clip, source: Source, claim: Claim[Clip]) -> None:
    """Give the made file the attempt's own name: what was approved under an earlier one can never be another file."""
    folder = clip.folder
    (folder / MADE).rename(folder / claim.lease)
    path = folder / claim.lease / "clip.mp4"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    frames = cut_of(clip, source).frames
    duration_ms = round(frames * 1000 / source.fps) + (CARD_S * 1000 if clip.with_card else 0)
    if finish_clip(claim=claim, digest=digest, size=path.stat().st_size, duration_ms=duration_ms):
        forget_files(folder, but=claim.lease)


def _card(clip: Clip, stretches: list[Stretch], art: Path) -> Path:
    """The title card as a file."""
    recording = clip.recording
    speaking = next((stretch.shown for stretch in stretches if stretch.shown and stretch.shown.name), None)
    with translation.override("vi"):
        date = date_format(recording.day, "d/m/Y")
    words = CardWords(
        title=clip.title,
        conference=recording.title,
        date=date,
        speaker=speaking.name if speaking else "",
        office=speaking.caption if speaking else "",
    )
    path = art / "card.png"
    title_card(words, *SIZES[Shape(clip.shape)]).save(path)
    return path


def _overlay(cues: Sequence[Cue], source: Source, cut: Cut, stretches: list[Stretch], art: Path) -> Path | None:
    """Names and captions as a list of pictures; None where nothing lies over the picture."""
    width, height = SIZES[cut.shape]
    face, most_px = caption_face(width, height)
    said = captions(cues, first=cut.first, end=cut.end, fps=source.fps, width_of=face.width, width_px=most_px)
    pictures: list[tuple[Path, int]] = []
    needed = False
    for number, (first, end, stretch, lines) in enumerate(_layers(cut, stretches, said)):
        arrangement = arrange(stretch.shown, source.width, source.height, cut.shape)
        needed = needed or bool(arrangement.bands or lines)
        path = art / f"over-{number:05}.png"
        overlay(width, height, arrangement.bands, lines, arrangement.words_bottom).save(path, compress_level=1)
        pictures.append((path, end - first))
    if not needed:
        return None
    listed = art / "over.ffconcat"
    listed.write_text(overlay_list(pictures, source.fps), encoding="utf-8")
    return listed


def _layers(cut: Cut, stretches: list[Stretch], said: list[Caption]) -> list[tuple[int, int, Stretch, tuple[str, ...]]]:
    """The clip's frames by what lies over them: first, end (exclusive), arrangement, lines."""
    edges = {0, cut.frames, *(stretch.first - cut.first for stretch in stretches)}
    edges |= {edge for caption in said for edge in (caption.first, caption.end)}
    marks = sorted(edge for edge in edges if 0 <= edge <= cut.frames)
    out = []
    for first, end in pairwise(marks):
        stretch = next(each for each in reversed(stretches) if each.first - cut.first <= first)
        lines = next((caption.lines for caption in said if caption.first <= first < caption.end), ())
        out.append((first, end, stretch, lines))
    return out
