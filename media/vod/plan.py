"""What has to be done to make a rendition: pure planning, from a recording to ffmpeg's arguments (nothing is written)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import ffmpeg

Kind = Literal["360p", "audio", "mp4", "poster"]

SEGMENT_S = 2
SMALL_HEIGHT = 360
SMALL_CODECS = "avc1.4d401e,mp4a.40.2"
AUDIO_CODECS = "mp4a.40.2"
_POSTER_AT_S = 30.0


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

    @property
    def playlist(self) -> Path:
        return self.folder / "hls" / "index.m3u8"


@dataclass(frozen=True, slots=True)
class Plan:
    """``argv`` (without the program) makes ``file`` below the folder ``temporary``; then it takes its place below ``folder``."""

    argv: tuple[str, ...]
    temporary: Path
    folder: Path
    file: str
    duration_s: float
    """Of what ffmpeg writes: its progress is told in this."""
    texts: tuple[tuple[Path, str], ...] = ()
    """Files to write before."""

    @property
    def moved(self) -> Path:
        """What takes its place: the file, or the folder that it is in."""
        return self.temporary / Path(self.file).parts[0]

    @property
    def target(self) -> Path:
        return self.folder / Path(self.file).parts[0]

    def leftovers(self) -> list[Path]:
        """What earlier attempts at the same thing left when their worker died."""
        kind = self.temporary.name.split(".")[1]
        return [path for path in self.folder.glob(f".{kind}.*.part") if path != self.temporary]


def plan(kind: Kind, source: Source, attempt: str) -> Plan:
    """How ``kind`` is made of ``source``. Each attempt has a place of its own, so that a lost one never writes into another's."""
    temporary = source.folder / f".{kind}.{attempt}.part"
    if kind == "poster":
        return _poster(source, temporary)
    if kind == "mp4":
        return _download(source, temporary)
    return _small(source, temporary) if kind == "360p" else _audio(source, temporary)


def _small(source: Source, temporary: Path) -> Plan:
    stream = ffmpeg.input(str(source.playlist))
    picture = stream.video.filter("scale", -2, SMALL_HEIGHT)
    group = SEGMENT_S * source.fps
    output = ffmpeg.output(
        picture, stream.audio, str(temporary / "360p" / "index.m3u8"),
        **_hls(temporary / "360p"),
        **{"c:v": "libx264", "profile:v": "main", "level:v": "3.0", "pix_fmt": "yuv420p", "preset": "veryfast", "crf": 24,
           "maxrate": "500k", "bufsize": "1000k", "g": group, "keyint_min": group, "sc_threshold": 0, "bf": 0,
           "c:a": "aac", "b:a": "64k", "ac": 1, "ar": 48000},
    )  # fmt: skip
    return _folder_plan("360p", output, source, temporary)


def _audio(source: Source, temporary: Path) -> Plan:
    stream = ffmpeg.input(str(source.playlist))
    output = ffmpeg.output(
        stream.audio, str(temporary / "audio" / "index.m3u8"),
        **_hls(temporary / "audio"), **{"c:a": "aac", "b:a": "40k", "ac": 1, "ar": 48000},
    )  # fmt: skip
    return _folder_plan("audio", output, source, temporary)


def _download(source: Source, temporary: Path) -> Plan:
    """Nothing is encoded again; title and chapters come from a first input without streams, which ffmpeg-python cannot say."""
    notes = temporary / "chapters.txt"
    stream = ffmpeg.input(str(source.playlist))
    output = ffmpeg.output(stream, str(temporary / "video.mp4"), c="copy", map_metadata=0, map_chapters=0, movflags="+faststart")
    return Plan(
        argv=_argv(output, "-f", "ffmetadata", "-i", str(notes)),
        temporary=temporary,
        folder=source.folder,
        file="video.mp4",
        duration_s=source.duration_ms / 1000,
        texts=((notes, chapter_notes(source)),),
    )


def _poster(source: Source, temporary: Path) -> Plan:
    at_s = min(_POSTER_AT_S, source.duration_ms / 1000 * 0.3)
    stream = ffmpeg.input(str(source.playlist))  # seeking in the input finds nothing in a playlist of fragmented MP4
    output = ffmpeg.output(
        stream.video, str(temporary / "poster.jpg"), **{"ss": f"{at_s:.3f}", "frames:v": 1, "q:v": 3, "update": 1}
    )
    return Plan(_argv(output), temporary, source.folder, "poster.jpg", duration_s=at_s)


def _hls(folder: Path) -> dict[str, object]:
    return {
        "f": "hls", "hls_time": SEGMENT_S, "hls_playlist_type": "vod", "hls_segment_type": "fmp4",
        "hls_flags": "independent_segments", "hls_fmp4_init_filename": "init.mp4",
        "hls_segment_filename": str(folder / "seg-%05d.m4s"), "start_number": 1,
    }  # fmt: skip


def _folder_plan(name: str, output: object, source: Source, temporary: Path) -> Plan:
    return Plan(_argv(output), temporary, source.folder, f"{name}/index.m3u8", source.duration_ms / 1000)


def _argv(output: object, *before: str) -> tuple[str, ...]:
    flags = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", "-y")
    return (*flags, *before, *(str(argument) for argument in ffmpeg.get_args(output)))


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
