"""A strict reading of HLS playlists and of the fragmented MP4 behind them (RFC 8216; ISO/IEC 14496-12): what is wrong, in words.

Written against the standard and not against what makes the playlists, which it shares no code with.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Load = Callable[[str], bytes | None]
"""The bytes behind a URI of the playlist; None where there is nothing."""
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
_ONCE = ("#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-PLAYLIST-TYPE", "#EXT-X-ENDLIST",
         "#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-INDEPENDENT-SEGMENTS")  # fmt: skip
_HEAD = _ONCE[1:4]
_KNOWN = {*_ONCE, "#EXT-X-MAP", "#EXT-X-DISCONTINUITY", "#EXT-X-PROGRAM-DATE-TIME", "#EXTINF", "#EXT-X-BYTERANGE"}
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True)
class Entry:
    """A segment as the playlist names it."""

    uri: str
    duration_s: float
    init: str | None
    discontinuity: bool


def attributes(text: str) -> dict[str, str]:
    """An attribute list (§4.2); empty where it is malformed."""
    found = {match[1]: match[2].strip('"') for match in _ATTRIBUTE.finditer(text)}
    return found if "".join(match[0] for match in _ATTRIBUTE.finditer(text)) == text else {}


def check_media_playlist(text: str, load: Load, fps: float | None = None, live: bool = False) -> list[str]:
    """What is wrong with a media playlist and its segments. ``live``: it may still grow, so that it need not end."""
    wrong, entries = _check_lines(text, live)
    if not entries:
        return [*wrong, "no segment"]
    return wrong + _check_segments(entries, load, 1 / fps if fps else 0.05)


def _check_lines(text: str, live: bool) -> tuple[list[str], list[Entry]]:
    lines, wrong = text.split("\n"), []
    if lines[0] != "#EXTM3U":
        wrong.append("the first line is not #EXTM3U (4.3.1.1)")
    if "\r" in text or "\ufeff" in text or not text.endswith("\n"):
        wrong.append("line ends or byte order mark (4.1)")
    entries: list[Entry] = []
    tags: dict[str, str] = {}
    duration_s, init, discontinuity = None, None, False
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if not line:
            continue
        if not line.startswith("#"):
            if duration_s is None:
                wrong.append(f"{line} has no #EXTINF (4.3.2.1)")
            entries.append(Entry(line, duration_s or 0.0, init, discontinuity))
            duration_s, discontinuity = None, False
            continue
        if name not in _KNOWN:
            wrong += [f"{name} is not for a media playlist"] if name.startswith("#EXT") else []
            continue
        if "#EXT-X-ENDLIST" in tags:
            wrong.append(f"{name} after the end")
        if name in _ONCE and name in tags:
            wrong.append(f"{name} twice (4.3.3)")
        if name in _HEAD and entries:
            wrong.append(f"{name} after a segment (4.3.3)")
        if name == "#EXTINF":
            if duration_s is not None or not re.fullmatch(r"\d+(\.\d+)?,.*", value):
                wrong.append(f"bad {line} (4.3.2.1)")
            duration_s = float(re.match(r"[\d.]*", value)[0] or 0)  # type: ignore[index]
        elif name == "#EXT-X-MAP":
            init = attributes(value).get("URI")
            wrong += [] if init else ["#EXT-X-MAP without URI (4.3.2.5)"]
        elif name == "#EXT-X-DISCONTINUITY":
            discontinuity = True
        elif name == "#EXT-X-PROGRAM-DATE-TIME" and not _DATE.fullmatch(value):
            wrong.append(f"bad {line} (4.3.2.6)")
        tags[name] = value
    if duration_s is not None:
        wrong.append("#EXTINF without a segment")
    return wrong + _check_tags(tags, entries, live), entries


def _check_tags(tags: dict[str, str], entries: list[Entry], live: bool) -> list[str]:
    wrong = []
    target = tags.get("#EXT-X-TARGETDURATION", "")
    if not target.isdigit():
        wrong.append("no #EXT-X-TARGETDURATION (4.3.3.1)")
    else:
        wrong += [
            f"{entry.uri} of {entry.duration_s} s is longer than the target of {target} s (4.3.3.1)"
            for entry in entries
            if int(entry.duration_s + 0.5) > int(target)
        ]
    version = int(tags.get("#EXT-X-VERSION", "1"))
    if version < 6 and any(entry.init for entry in entries):
        wrong.append(f"#EXT-X-MAP needs version 6, not {version} (7)")
    if version < 3 and any(entry.duration_s % 1 for entry in entries):
        wrong.append(f"durations with a fraction need version 3, not {version} (7)")
    if not tags.get("#EXT-X-MEDIA-SEQUENCE", "0").isdigit():
        wrong.append("bad #EXT-X-MEDIA-SEQUENCE (4.3.3.2)")
    kind = tags.get("#EXT-X-PLAYLIST-TYPE")
    if kind not in (None, "EVENT", "VOD"):
        wrong.append(f"unknown type {kind} (4.3.3.5)")
    if "#EXT-X-ENDLIST" not in tags and (kind == "VOD" or not live):
        wrong.append("a finished playlist without #EXT-X-ENDLIST (4.3.3.4)")
    before: str | None = None
    for number, entry in enumerate(entries):
        if entry.init is None:
            wrong.append(f"{entry.uri} has no #EXT-X-MAP before it (3.3)")
        elif number and entry.init != before and not entry.discontinuity:
            wrong.append(f"{entry.uri} changes its initialisation without #EXT-X-DISCONTINUITY (4.3.2.3)")
        before = entry.init
    return wrong


def _check_segments(entries: list[Entry], load: Load, frame_s: float) -> list[str]:
    wrong: list[str] = []
    inits: dict[str, dict[int, tuple[str, int]]] = {}
    ends: dict[str, float] = {}
    expected_s = 0.0
    for entry in entries:
        if entry.init is not None and entry.init not in inits:
            data = load(entry.init)
            inits[entry.init] = tracks_of(data) if data else {}
            wrong += [] if inits[entry.init] else [f"{entry.init} is no initialisation segment"]
        data = load(entry.uri)
        if data is None:
            wrong.append(f"{entry.uri} is not there")
            continue
        runs = list(runs_of(data, inits.get(entry.init or "", {})))
        kinds = [run.kind for run in runs]
        if not runs:
            wrong.append(f"{entry.uri} has no samples")
        main = "vide" if "vide" in kinds else "soun"
        for run in runs:
            expected = expected_s if run.kind == main else run.begin_s
            if abs(run.begin_s - expected) > frame_s:
                wrong.append(f"{entry.uri}: {run.kind} begins at {run.begin_s:.4f} s, not at {expected:.4f} s")
            if run.kind in ends and not entry.discontinuity and abs(run.begin_s - ends[run.kind]) > 0.001:
                wrong.append(
                    f"{entry.uri}: {run.kind} begins at {run.begin_s:.4f} s, the one before ends at {ends[run.kind]:.4f} s"
                )
            if run.kind == main and abs(run.end_s - run.begin_s - entry.duration_s) > frame_s:
                wrong.append(f"{entry.uri}: {run.end_s - run.begin_s:.4f} s long, not {entry.duration_s} s")
            if run.kind == "vide" and not run.key_first:
                wrong.append(f"{entry.uri} does not begin with a key frame")
            ends[run.kind] = run.end_s
        expected_s += entry.duration_s
    return wrong


@dataclass(frozen=True)
class Run:
    """The samples of one track in a segment."""

    kind: str
    begin_s: float
    end_s: float
    key_first: bool


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Boxes side by side."""
    at = 0
    while at + 8 <= len(data):
        (size,), name = struct.unpack_from(">I", data, at), data[at + 4 : at + 8].decode("latin1")
        if size < 8 or at + size > len(data):
            return
        yield name, data[at + 8 : at + size]
        at += size


def _inside(data: bytes, *path: str) -> Iterator[bytes]:
    for name, content in boxes(data):
        if name == path[0]:
            if len(path) == 1:
                yield content
            else:
                yield from _inside(content, *path[1:])


def tracks_of(init: bytes) -> dict[int, tuple[str, int]]:
    """Track id to handler and timescale."""
    found = {}
    for track in _inside(init, "moov", "trak"):
        header, media, handler = (next(_inside(track, *path)) for path in (("tkhd",), ("mdia", "mdhd"), ("mdia", "hdlr")))
        (number,) = struct.unpack_from(">I", header, 20 if header[0] else 12)
        (scale,) = struct.unpack_from(">I", media, 20 if media[0] else 12)
        found[number] = (handler[8:12].decode(), scale)
    return found


def runs_of(segment: bytes, tracks: dict[int, tuple[str, int]]) -> Iterator[Run]:
    """What the fragments of a segment hold of each track (§8.8.7, 8.8.8, 8.8.12), those of one track put together."""
    begin: dict[int, float] = {}
    end: dict[int, float] = {}
    key: dict[int, bool] = {}
    for traf in _inside(segment, "moof", "traf"):
        tfhd = next(_inside(traf, "tfhd"))
        flags, number = int.from_bytes(tfhd[1:4]), int.from_bytes(tfhd[4:8])
        at, ticks, first = 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0), 0, 0
        if flags & 8:
            ticks, at = int.from_bytes(tfhd[at : at + 4]), at + 4
        at += 4 if flags & 0x10 else 0
        if flags & 0x20:
            first = int.from_bytes(tfhd[at : at + 4])
        tfdt = next(_inside(traf, "tfdt"), b"\0" * 8)
        time = int.from_bytes(tfdt[4:12] if tfdt[0] else tfdt[4:8])
        if number not in tracks:
            continue
        scale = tracks[number][1]
        begin.setdefault(number, time / scale)
        for trun in _inside(traf, "trun"):
            total, flag = _trun(trun, ticks, first)
            key.setdefault(number, not flag >> 16 & 1)
            time += total
        end[number] = time / scale
    for number, (kind, _scale) in tracks.items():
        if number in begin:
            yield Run(kind, begin[number], end[number], key.get(number, False))


def _trun(trun: bytes, ticks: int, first: int) -> tuple[int, int]:
    """Length of a run in ticks, and the flags of its first sample."""
    flags, count = int.from_bytes(trun[1:4]), int.from_bytes(trun[4:8])
    at = 8 + (4 if flags & 1 else 0)
    if flags & 4:
        first, at = int.from_bytes(trun[at : at + 4]), at + 4
    total, flag = 0, first
    for number in range(count):
        if flags & 0x100:
            total, at = total + int.from_bytes(trun[at : at + 4]), at + 4
        else:
            total += ticks
        at += 4 if flags & 0x200 else 0
        if flags & 0x400:
            flag, at = (int.from_bytes(trun[at : at + 4]) if number == 0 and not flags & 4 else flag), at + 4
        at += 4 if flags & 0x800 else 0
    return total, flag


def check_master(text: str, load: Load) -> list[str]:
    """What is wrong with a master playlist; the rates that it promises are measured on the segments."""
    lines = text.split("\n")
    wrong = [] if lines[0] == "#EXTM3U" else ["the first line is not #EXTM3U (4.3.1.1)"]
    wrong += [f"{line} is not for a master playlist" for line in lines if line.startswith(("#EXTINF", "#EXT-X-TARGETDURATION"))]
    pairs = [(line, lines[at + 1]) for at, line in enumerate(lines[:-1]) if line.startswith("#EXT-X-STREAM-INF:")]
    if not pairs:
        return [*wrong, "no variant"]
    if len({uri for _, uri in pairs}) != len(pairs):
        wrong.append("a variant twice")
    if "#EXT-X-VERSION:" not in text:
        wrong.append("no version")
    for line, uri in pairs:
        given = attributes(line.partition(":")[2])
        playlist = load(uri)
        if not uri or uri.startswith("#") or playlist is None:
            wrong.append(f"{uri or line} leads nowhere (4.3.4.2)")
            continue
        codecs = given.get("CODECS", "")
        if not re.fullmatch(r"(avc1\.[0-9a-f]{6},)?mp4a\.40\.2", codecs):
            wrong.append(f"{uri}: CODECS {codecs!r}")
        if ("avc1" in codecs) != bool(re.fullmatch(r"\d+x\d+", given.get("RESOLUTION", ""))):
            wrong.append(f"{uri}: RESOLUTION {given.get('RESOLUTION')!r}")
        wrong += _check_rate(uri, playlist.decode(), given.get("BANDWIDTH", ""), load)
    return wrong


def _check_rate(uri: str, text: str, given: str, load: Load) -> list[str]:
    """BANDWIDTH is at least the peak over any row of segments that lasts 0.5 to 1.5 target durations (4.3.4.2)."""
    if not given.isdigit():
        return [f"{uri}: no BANDWIDTH"]
    entries = _check_lines(text, live=True)[1]
    target = int((re.search(r"TARGETDURATION:(\d+)", text) or ["", "1"])[1])
    folder = uri.rpartition("/")[0]
    sizes = [8 * len(load(f"{folder}/{entry.uri}" if folder else entry.uri) or b"") for entry in entries]
    peak = 0.0
    for first in range(len(entries)):
        bits, length_s = 0, 0.0
        for entry, size in zip(entries[first:], sizes[first:], strict=True):
            bits, length_s = bits + size, length_s + entry.duration_s
            if length_s > 1.5 * target:
                break
            if length_s >= 0.5 * target:
                peak = max(peak, bits / length_s)
    return [f"{uri}: BANDWIDTH {given} is less than the peak of {peak:.0f}"] if int(given) < peak - 1 else []


def loader(folder: Path) -> Load:
    """URIs as files in a folder."""
    return lambda uri: (folder / uri).read_bytes() if (folder / uri).is_file() else None


def check_folder(folder: Path, fps: float | None = None, live: bool = False) -> list[str]:
    """:func:`check_media_playlist` of ``index.m3u8`` in a folder."""
    return check_media_playlist((folder / "index.m3u8").read_text(), loader(folder), fps, live)
