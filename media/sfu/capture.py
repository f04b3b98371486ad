"""Writing the capture of a recording (format: :mod:`media.capture`): what the program names, as it came, append-only."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from media.capture import (
    COMPLETE,
    CONTINUES,
    HEADER,
    MAGIC,
    MOMENT,
    RTP,
    SENDER_REPORT,
    WRITTEN,
    SenderReport,
    TrackHeader,
    encode_record,
    next_part,
    stream_and_part,
)
from media.plane import Program
from media.sfu import rtp
from media.sfu.codecs import RED
from media.sfu.layer import Layer, Packet
from media.sfu.rtcp import SenderTime
from media.sfu.up import UpTrack

MOST_PENDING_BYTES = 16 << 20
"""What of one file may wait for a slow or full disk (a minute of the best layer); beyond it packets are lost to the recording."""
KEYFRAME_EVERY_US = 10_000_000
HOLE_US = 1_000_000
"""A packet that is missing this long will not come: the picture needs a key frame."""
PART_BYTES, PART_S = 32 << 20, 600.0
"""A track goes on in a new file after so much, so that what is composed can be deleted when room is needed."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


class AppendFile:
    """A file to which whole pieces are appended: pieces that did not fit are taken back, so that no torn record lies in the
    middle. :meth:`write` is for a thread that may wait for the disk; the other methods are for the loop."""

    def __init__(
        self, path: Path, first: bytes = b"", *, in_parts: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Opens nothing yet. ``first`` begins the file where it is new, and each further part; ``clock`` in seconds."""
        self.path = path
        """The part that is written now."""
        self.lost_pieces = 0
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._first = first
        self._descriptor = -1
        self._in_parts = in_parts
        self._clock = clock
        self._opened_s = 0.0

    def add(self, piece: bytes) -> None:
        """Append a piece with one of the next writes; it is lost where too much waits already."""
        if self._pending_bytes > MOST_PENDING_BYTES:
            self.lost_pieces += 1
            return
        self._pending.append(piece)
        self._pending_bytes += len(piece)

    @property
    def has_pending(self) -> bool:
        """Whether anything waits to be written."""
        return bool(self._pending)

    def take_pending(self) -> bytes:
        """What is to be written now; whoever takes it writes it or gives it back."""
        data = b"".join(self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        return data

    def give_back(self, data: bytes) -> None:
        """What :meth:`take_pending` gave could not be written; it comes before what was added meanwhile."""
        self._pending.insert(0, data)
        self._pending_bytes += len(data)

    def write(self, data: bytes) -> None:
        """Append ``data`` now, all or nothing. Raises OSError."""
        if self._descriptor >= 0 and self._in_parts and self._is_long():
            self._append(encode_record(CONTINUES, 0, b""))
            self.close()
            self.path = next_part(self.path)
        if self._descriptor < 0:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            self._opened_s = self._clock()
        self._append(data)

    def _is_long(self) -> bool:
        return os.fstat(self._descriptor).st_size >= PART_BYTES or self._clock() - self._opened_s >= PART_S

    def _append(self, data: bytes) -> None:
        size = os.fstat(self._descriptor).st_size
        if not size:
            data = self._first + data
        try:
            done = 0
            while done < len(data):
                done += os.write(self._descriptor, data[done:])
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise

    def close(self) -> None:
        """Close the file where it was opened."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class WrittenMark:
    """Tells whoever composes until when all is in the files, see :mod:`media.capture`. For the thread that writes them."""

    def __init__(self, folder: Path) -> None:
        """Opens nothing yet."""
        self._path = folder / WRITTEN
        self._descriptor = -1
        self._complete = False

    def put(self, until_us: int) -> None:
        """All that arrived until then is written. Where that cannot be told it is told with the next one; after :meth:`complete`
        there is nothing more to tell."""
        if self._complete:
            return
        with contextlib.suppress(OSError):
            if self._descriptor < 0:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
            os.pwrite(self._descriptor, MOMENT.pack(until_us), 0)

    def complete(self) -> None:
        """Nothing more will come."""
        self.put(COMPLETE)
        self._complete = True

    def close(self) -> None:
        """Close the file where it was opened."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class LayerCapture:
    """One layer's file. Takes what its layer gives while :attr:`wanted`."""

    def __init__(self, file: AppendFile, layer: Layer) -> None:
        self.file = file
        self.layer = layer
        self.wanted = True
        if layer.last_report is not None:
            # Reports may be 5 s apart: without the last one, sound and picture would be aligned by arrival until the next.
            self.take_report(layer, *layer.last_report)
        self._highest = -1
        self._hole: tuple[int, int] | None = None

    def take(self, layer: Layer, packet: Packet) -> None:
        """Append a packet, with the session's own payload type and with the layer's running number."""
        if not self.wanted or not packet.payload:
            return
        if 0 <= self._highest < packet.index - 1 and self._hole is None:
            self._hole = (self._highest + 1, packet.at_us)
        self._highest = max(self._highest, packet.index)
        codec = layer.codec
        header = rtp.HEADER.pack(
            0x80,
            codec.payload_type | (0x80 if packet.marker else 0),
            packet.index & 0xFFFF,
            packet.timestamp,
            layer.ssrc,
        )
        self.file.add(encode_record(RTP, packet.at_us, header + packet.payload))

    def take_report(self, layer: Layer, report: SenderTime, at_us: int) -> None:
        """Append a sender report as the publisher sent it."""
        if self.wanted:
            self.file.add(encode_record(SENDER_REPORT, at_us, SenderReport(report.ssrc, report.ntp, report.rtp).encode()))

    def needs_keyframe(self, now_us: int) -> bool:
        """Whether the picture is broken for the recording, or has had no key frame for too long."""
        layer = self.layer
        if layer.codec.media != "video" or not self.wanted or not layer.flows(now_us):
            return False
        if self._hole is not None and now_us - self._hole[1] >= HOLE_US:
            (first, at_us), self._hole = self._hole, None
            if layer.keyframe_at_us < at_us and layer.packet(first) is None:
                return True
        return now_us - layer.keyframe_at_us >= KEYFRAME_EVERY_US


class TrackCapture:
    """All layers of one track, while the program names it."""

    def __init__(
        self, new_path: Callable[[str], Path], track: UpTrack, now_us: int, finished: Callable[[AppendFile], None]
    ) -> None:
        """``new_path`` gives a file that is not there yet, for a track's name; ``finished`` is called with each file to which
        nothing more comes."""
        self.track = track
        self.layers: dict[Layer, LayerCapture] = {}
        self.following = False
        self._new_path = new_path
        self._now_us = now_us
        self._finished = finished

    def follow(self) -> None:
        """Begin, or go on after :meth:`leave`; asks for a key frame of each layer."""
        self.following = True
        self.track.on_layer.append(self._open)
        for layer in self.track.layers.values():
            self._open(layer)

    def leave(self) -> None:
        """The program names the track no more."""
        self.following = False
        self.track.on_layer.remove(self._open)
        for layer, capture in self.layers.items():
            layer.takers.remove(capture)

    def prefer(self, frugal: bool, now_us: int) -> None:
        """With little disk left (``frugal``) keep one middling layer; else all."""
        flowing = self.track.flowing(now_us)
        kept = flowing[len(flowing) // 2] if frugal and flowing else None
        for layer, capture in self.layers.items():
            capture.wanted = kept is None or layer is kept

    def close(self) -> None:
        """End for good."""
        if self.following:
            self.leave()
        for capture in self.layers.values():
            self._finished(capture.file)
        self.layers.clear()

    def _open(self, layer: Layer) -> None:
        if layer.codec is RED:
            return  # all that is in it is in the plain layer
        for earlier in [each for each in self.layers if each.rid == layer.rid and each is not layer]:
            self._give_way(earlier)
        capture = self.layers.get(layer)
        if capture is None:
            capture = self.layers[layer] = LayerCapture(self._new_file(layer), layer)
        layer.takers.append(capture)
        if layer.codec.media == "video":
            layer.want_keyframe()

    def _give_way(self, layer: Layer) -> None:
        """The stream began anew: its packets are another layer's now."""
        capture = self.layers.pop(layer)
        if capture in layer.takers:  # not where it began while the program did not name it
            layer.takers.remove(capture)
        self._finished(capture.file)

    def _new_file(self, layer: Layer) -> AppendFile:
        track = self.track
        name = "-".join(part for part in (track.peer, track.kind, layer.rid) if part)
        header = TrackHeader(track.peer, track.kind, layer.codec.name, layer.codec.clock_hz, layer.ssrc, layer.rid)
        first = MAGIC + encode_record(HEADER, self._now_us, header.encode())
        return AppendFile(self._new_path(name), first, in_parts=True)


def program_line(at_us: int, program: Program) -> bytes:
    """A line of ``program.jsonl``."""
    entry = {"at_us": at_us, "program": program.model_dump(mode="json")}
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def is_full(error: OSError) -> bool:
    """Whether the disk has no room."""
    return error.errno in _FULL


class Numbering:
    """Names capture files ``<name>-<n>.cap``, counting on from those that lie in the folder already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: dict[str, int] = {}
        for path in folder.glob("*.cap"):
            name, _, number = stream_and_part(path)[0].rpartition("-")
            if number.isdecimal():
                self._last[name] = max(int(number), self._last.get(name, 0))

    def new_path(self, name: str) -> Path:
        """The next file of a track."""
        self._last[name] = self._last.get(name, 0) + 1
        return self._folder / f"{name}-{self._last[name]}.cap"
