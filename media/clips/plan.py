"""What has to be done to make a clip: pure planning, from stretches of a recording to ffmpeg's arguments (nothing is written)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from media.clips.scenes import Stretch
from media.clips.shapes import SIZES, Arrangement, Shape, arrange
from media.egress.hls import Segment
from media.vod.plan import Plan

CARD_S = 2
FADE_S = 0.01
MADE = "made"
"""The folder that a run fills."""
FILE, POSTER = f"{MADE}/clip.mp4", f"{MADE}/poster.jpg"
_GROUND = "0x0d0e0f"
_EARLIER_S = 1.0
"""Of the recording before the cut: an AAC packet needs the one before it."""
_POSTER_AT_S = 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """A finished recording. ``origin_s``: the time stamp that its first frame carries in its segments."""

    hls: Path
    segments: tuple[Segment, ...]
    width: int
    height: int
    fps: int
    origin_s: float
    has_sound: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """Frames ``first`` … ``end`` (exclusive) of the recording, in a shape."""

    first: int
    end: int
    shape: Shape
    title: str

    @property
    def frames(self) -> int:
        return self.end - self.first


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pictures that are drawn before: ``card`` of the clip's size; ``overlay``, a list (:func:`overlay_list`)."""

    card: Path | None = None
    overlay: Path | None = None


def plan(source: Source, cut: Cut, stretches: Sequence[Stretch], drawn: Drawn, folder: Path) -> Plan:
    """One run of ffmpeg that makes the clip and its poster in ``folder``/made. ``stretches`` cover the cut without gaps."""
    listed = folder / "source.m3u8"
    whole = ffmpeg.input(str(listed))
    picture = _picture(whole.video, source, cut, stretches)
    if drawn.overlay:
        over = ffmpeg.input(str(drawn.overlay), f="concat", safe=0)
        picture = ffmpeg.overlay(picture, over.video, eof_action="repeat", format="yuv420").filter("trim", end_frame=cut.frames)
    card_frames = 0
    if drawn.card:
        card_frames = CARD_S * source.fps
        still = ffmpeg.input(str(drawn.card), loop=1, framerate=source.fps, t=CARD_S)
        still = still.video.filter("trim", end_frame=card_frames)
        still = still.filter("scale", out_color_matrix="bt601", out_range="tv").filter("format", "yuv420p").filter("setsar", 1)
        picture = ffmpeg.concat(still, picture, v=1, a=0, n=2)
    both = picture.filter("format", "yuv420p").filter_multi_output("split", 2)  # else the poster's format would be the clip's
    at = card_frames + min(round(_POSTER_AT_S * source.fps), cut.frames // 2)
    poster = both[1].filter("trim", start_frame=at, end_frame=at + 1).filter("setpts", "PTS-STARTPTS")
    outputs = ffmpeg.merge_outputs(
        ffmpeg.output(both[0], _sound(whole, source, cut, card_frames), str(folder / FILE), **_encoding(source.fps, cut.title)),
        ffmpeg.output(poster, str(folder / POSTER), **{"frames:v": 1, "q:v": 3, "update": 1}),
    )
    flags = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", "-y", "-copyts")
    return Plan(
        argv=(*flags, *(str(argument) for argument in ffmpeg.get_args(outputs))),
        file=folder / FILE,
        duration_s=(card_frames + cut.frames) / source.fps,
        texts=((listed, part_of_playlist(source, cut)),),
    )


def _picture(video: Any, source: Source, cut: Cut, stretches: Sequence[Stretch]) -> Any:
    """Exactly the cut's frames, arranged. Time stamps are compared half a frame off, where none of them lies."""
    half = 0.5 / source.fps
    begin_s, end_s = (source.origin_s + frame / source.fps - half for frame in (cut.first, cut.end))
    video = video.filter("trim", start=f"{begin_s:.6f}", end=f"{end_s:.6f}").filter("setpts", "PTS-STARTPTS")
    if len(stretches) == 1:
        return _arranged(video, _arrangement(source, cut, stretches[0]), cut.shape)
    copies = video.filter_multi_output("split", len(stretches))
    parts = []
    for index, stretch in enumerate(stretches):
        part = copies[index].filter("trim", start_frame=stretch.first - cut.first, end_frame=stretch.end - cut.first)
        parts.append(_arranged(part.filter("setpts", "PTS-STARTPTS"), _arrangement(source, cut, stretch), cut.shape))
    return ffmpeg.concat(*parts, v=1, a=0, n=len(parts))


def _arrangement(source: Source, cut: Cut, stretch: Stretch) -> Arrangement:
    return arrange(stretch.shown, source.width, source.height, cut.shape)


def _arranged(video: Any, arrangement: Arrangement, shape: Shape) -> Any:
    width, height = SIZES[shape]
    tiles = arrangement.tiles
    copies = video.filter_multi_output("split", len(tiles)) if len(tiles) > 1 else [video]
    canvas = None
    for index, tile in enumerate(tiles):
        crop, place = tile.crop, tile.place
        piece = copies[index].filter("crop", crop.width, crop.height, crop.x, crop.y)
        piece = piece.filter("scale", place.width, place.height, flags="lanczos")
        if canvas is None:
            canvas = piece.filter("pad", width, height, place.x, place.y, color=_GROUND)
        else:
            canvas = ffmpeg.overlay(canvas, piece, x=place.x, y=place.y, format="yuv420")
    return canvas.filter("setsar", 1) if canvas is not None else video


def _sound(whole: Any, source: Source, cut: Cut, card_frames: int) -> Any:
    """The same moments, with short fades against clicks, at −16 LUFS (EBU R 128); silent during the card."""
    length_s = cut.frames / source.fps
    if source.has_sound:
        begin_s = source.origin_s + cut.first / source.fps
        sound = whole.audio.filter("atrim", start=f"{begin_s:.6f}", end=f"{begin_s + length_s:.6f}")
        sound = sound.filter("asetpts", f"PTS-{begin_s:.6f}/TB").filter("aresample", 48000, **{"async": 1}, first_pts=0)
        sound = sound.filter("loudnorm", i=-16, tp=-1.5, lra=11).filter("aresample", 48000)
        sound = sound.filter("apad", whole_dur=f"{length_s:.6f}").filter("atrim", end=f"{length_s:.6f}")
        sound = sound.filter("afade", t="in", d=FADE_S).filter("afade", t="out", st=f"{length_s - FADE_S:.6f}", d=FADE_S)
    else:
        sound = ffmpeg.input("anullsrc=r=48000:cl=mono", f="lavfi", t=f"{length_s:.6f}").audio
    return sound.filter("adelay", delays=card_frames * 1000 // source.fps, all=1) if card_frames else sound


def _encoding(fps: int, title: str) -> dict[str, object]:
    """H.264 High 4:2:0 and AAC, at most 3.2 + 0.13 Mbit/s: 25 MB a minute. Colours are marked as the recorder made them."""
    return {
        "c:v": "libx264", "profile:v": "high", "pix_fmt": "yuv420p", "preset": "veryfast", "crf": 21, "maxrate": "3200k",
        "bufsize": "3200k", "g": 2 * fps, "colorspace": "smpte170m", "color_primaries": "smpte170m", "color_trc": "smpte170m",
        "color_range": "tv", "c:a": "aac", "b:a": "128k", "ac": 2, "ar": 48000, "movflags": "+faststart",
        "metadata": f"title={' '.join(title.split())}", "map_metadata": -1,
    }  # fmt: skip


def part_of_playlist(source: Source, cut: Cut) -> str:
    """A playlist of those segments alone that the cut lies in, so that the hours before it need not be read."""
    begin_s, end_s = cut.first / source.fps - _EARLIER_S, cut.end / source.fps + _EARLIER_S
    longest = max((segment.duration_s for segment in source.segments), default=2.0)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{int(longest) + 1}", "#EXT-X-PLAYLIST-TYPE:VOD"]
    at_s, init = 0.0, ""
    for segment in source.segments:
        if at_s < end_s and at_s + segment.duration_s > begin_s:
            if segment.init != init:
                init = segment.init
                lines.append(f'#EXT-X-MAP:URI="{source.hls / init}"')
            lines += [f"#EXTINF:{segment.duration_s:.6f},", str(source.hls / segment.name)]
        at_s += segment.duration_s
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def overlay_list(pictures: Sequence[tuple[Path, int]], fps: int) -> str:
    """A list for ffmpeg's concat reader: each picture for so many frames; the last one stays."""
    lines = ["ffconcat version 1.0"]
    for path, frames in pictures:
        lines += [f"file '{path}'", f"option framerate {fps}", f"duration {frames / fps:.6f}"]
    return "\n".join(lines) + "\n"
