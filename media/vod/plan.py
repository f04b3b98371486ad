"""What has to be done to make something of a recording: pure planning, from a recording to ffmpeg's arguments.

Nothing is written here. Pictures and sound that ffmpeg has encoded are put into segments by :mod:`media.vod.package`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from media.vod.ladder import PICTURES, Picture
from media.vod.loudness import ENCODED_PEAK_DB
from media.vod.playlist import Cut, media_playlist
from media.vod.thumbs import COLUMNS, ROWS, TILE_HEIGHT, TILE_WIDTH, every_s

SEGMENT_S = 2
PART_SOUND = "sound.m4a"
_POSTER_AT_S = 30.0
_RATE_HZ = 48_000
_OVERSAMPLED_HZ = 192_000
"""Where peaks between samples are seen (ITU-R BS.1770-4, annex 2: four times)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A chapter of the download."""

    at_ms: int
    end_ms: int
    title: str


@dataclass(frozen=True, slots=True)
class Source:
    """A finished recording. ``folder`` is absolute and holds ``hls/``."""

    folder: Path
    duration_ms: int
    fps: int
    title: str
    chapters: tuple[Mark, ...] = ()
    cuts: tuple[Cut, ...] = ()
    """Its segments."""
    evened: bool = False
    """Its sound has been brought to the wanted loudness: :attr:`sound` is there."""

    @property
    def playlist(self) -> Path:
        return self.folder / "hls" / "index.m3u8"

    @property
    def sound(self) -> Path:
        """The sound that everything takes its own from."""
        return self.folder / "full" / PART_SOUND if self.evened else self.playlist

    @property
    def duration_s(self) -> float:
        return self.duration_ms / 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """``argv`` (without the program) makes ``file``, absolute."""

    argv: tuple[str, ...]
    file: Path | None
    """None where only what it says is wanted."""
    duration_s: float
    """Of what ffmpeg writes: its progress is told in this."""
    texts: tuple[tuple[Path, str], ...] = ()
    """Files to write before."""


def measure_sound(source: Source) -> Plan:
    """Says the loudness of the recording's sound in its last words, see :func:`media.vod.loudness.read_lufs`."""
    sound = _mono(ffmpeg.input(str(source.playlist)).audio).filter("ebur128", framelog="verbose")
    return Plan(_argv(ffmpeg.output(sound, "-", f="null"), level="info"), None, source.duration_s)


def even_sound(source: Source, gain_db: float, file: Path) -> Plan:
    """The sound, ``gain_db`` louder, its true peak limited; AAC as the recorder makes it."""
    limit = 10 ** (ENCODED_PEAK_DB / 20)
    sound = _mono(ffmpeg.input(str(source.playlist)).audio).filter("volume", f"{gain_db:.2f}dB")
    sound = sound.filter("aresample", _OVERSAMPLED_HZ)
    sound = sound.filter("alimiter", limit=f"{limit:.4f}", attack=5, release=50, level="disabled", latency=1)
    output = ffmpeg.output(sound.filter("aresample", _RATE_HZ), str(file), **_aac("96k"))
    return Plan(_argv(output), file, source.duration_s)


def small_sound(source: Source, file: Path) -> Plan:
    """The sound for slow connections."""
    output = ffmpeg.output(ffmpeg.input(str(source.sound)).audio, str(file), **_aac("40k"), ac=1)
    return Plan(_argv(output), file, source.duration_s)


def pictures(source: Source, cuts: Sequence[Cut], heights: Sequence[str], folder: Path) -> Plan:
    """The pictures of the segments ``cuts`` in all ``heights``, decoded once: ``folder/480p.mp4`` and so on."""
    listed = folder / "part.m3u8"
    split = ffmpeg.input(str(listed)).video.filter_multi_output("split", len(heights))
    outputs = []
    for number, height in enumerate(heights):
        picture = PICTURES[height]
        scaled = split[number].filter("scale", picture.width, picture.height).filter("setsar", 1)
        outputs.append(ffmpeg.output(scaled, str(folder / f"{height}.mp4"), **_h264(picture, source.fps)))
    return Plan(
        argv=_argv(ffmpeg.merge_outputs(*outputs)),
        file=folder / f"{heights[-1]}.mp4",
        duration_s=sum(cut.duration_s for cut in cuts),
        texts=((listed, media_playlist(cuts, beside=source.playlist.parent)),),
    )


def download(source: Source, folder: Path) -> Plan:
    """Nothing is encoded again; title and chapters come from a first input without streams, which ffmpeg-python cannot say."""
    notes, file = folder / "chapters.txt", folder / "video.mp4"
    picture = ffmpeg.input(str(source.playlist))
    sound = ffmpeg.input(str(source.sound)) if source.evened else picture
    output = ffmpeg.output(picture.video, sound.audio, str(file), c="copy", map_metadata=0, map_chapters=0, movflags="+faststart")
    argv = _argv(output, "-f", "ffmetadata", "-i", str(notes))
    return Plan(_one_later(argv), file, source.duration_s, ((notes, chapter_notes(source)),))


def poster(source: Source, folder: Path) -> Plan:
    """One picture after the beginning: the key frame of its segment, so that nothing else is decoded."""
    at_s, begin_s, chosen = min(_POSTER_AT_S, source.duration_s * 0.3), 0.0, source.cuts[0]
    for cut in source.cuts:
        if begin_s > at_s:
            break
        begin_s, chosen = begin_s + cut.duration_s, cut
    listed, file = folder / "poster.m3u8", folder / "poster.jpg"
    output = ffmpeg.output(ffmpeg.input(str(listed)).video, str(file), **{"frames:v": 1, "q:v": 3, "update": 1})
    text = media_playlist([chosen], beside=source.playlist.parent)
    return Plan(_argv(output), file, chosen.duration_s, ((listed, text),))


def thumbnails(source: Source, folder: Path) -> Plan:
    """Sheets of small pictures; only key frames are decoded, one of which begins each segment."""
    each = every_s(source.duration_s) // SEGMENT_S
    stream = ffmpeg.input(str(source.playlist), skip_frame="nokey").video
    tiles = stream.filter("select", f"not(mod(n,{each}))").filter("scale", TILE_WIDTH, TILE_HEIGHT)
    sheets = tiles.filter("tile", f"{COLUMNS}x{ROWS}")
    output = ffmpeg.output(sheets, str(folder / "sheet-%03d.jpg"), **{"q:v": 5, "fps_mode": "passthrough", "start_number": 1})
    return Plan(_argv(output), folder / "sheet-001.jpg", source.duration_s)


def _mono(sound: Any) -> Any:
    return sound.filter("aformat", channel_layouts="mono")


def _aac(rate: str) -> dict[str, object]:
    return {"c:a": "aac", "b:a": rate, "ar": _RATE_HZ, "map_metadata": -1}


def _h264(picture: Picture, fps: int) -> dict[str, object]:
    group = SEGMENT_S * fps
    return {
        "c:v": "libx264", "profile:v": "main", "pix_fmt": "yuv420p", "preset": "veryfast", "crf": picture.crf,
        "maxrate": f"{picture.most_kbps}k", "bufsize": f"{2 * picture.most_kbps}k",
        "g": group, "keyint_min": group, "sc_threshold": 0, "bf": 0, "fps_mode": "passthrough", "map_metadata": -1,
    }  # fmt: skip


def _argv(output: object, *before: str, level: str = "warning") -> tuple[str, ...]:
    flags = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", level, "-progress", "pipe:1", "-y")
    return (*flags, *before, *(str(argument) for argument in ffmpeg.get_args(output)))


def _one_later(argv: Sequence[str]) -> tuple[str, ...]:
    """The inputs that ``-map`` names come after one that ffmpeg-python does not know of."""
    return tuple(
        f"{int(word[0]) + 1}{word[1:]}" if before == "-map" else word for before, word in zip(("", *argv[:-1]), argv, strict=True)
    )


def chapter_notes(source: Source) -> str:
    """Title and chapters in ffmpeg's metadata format, in milliseconds."""
    lines = [";FFMETADATA1", f"title={_escaped(source.title)}"]
    for mark in source.chapters:
        if mark.at_ms < source.duration_ms:
            end_ms = min(mark.end_ms, source.duration_ms)
            lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={mark.at_ms}", f"END={end_ms}", f"title={_escaped(mark.title)}"]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "=;#\\" else letter for letter in flat)
