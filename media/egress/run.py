"""Composing one recording from its capture: while it is captured, after a fault from where it stopped, or long afterwards.

The timeline is wall time since the first program line. Frame *n* shows the moment ``zero + n / fps`` (of each camera the picture
that is nearest to it) and is made of what arrived until :data:`WAIT_US` after it, no matter when that is read; so the result
does not depend on when, or in how many attempts, it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from media.capture import LOOK_BACK_US
from media.egress.compose import Composer
from media.egress.disk import PatientDisk
from media.egress.encode import AAC_PREROLL, AAC_SAMPLES, VIDEO_HZ, AudioEncoder, Packet, VideoEncoder
from media.egress.fmp4 import AudioFormat, Sample, VideoFormat, initialisation, media_segment
from media.egress.hls import HlsWriter, read_playlist
from media.egress.pictures import HOLD_US
from media.egress.stage import Stage
from media.egress.status import STATUS, State, Status, read_status
from media.egress.tail import ProgramLog, Warn, Written
from media.egress.voices import RATE_HZ, Mixer

SEGMENT_S = 2
WAIT_US = HOLD_US + 100_000
"""What belongs to a moment may arrive this much later: the wait for lost packets, and the sound that the encoder wants ahead."""
FLUSH_US = 350_000
"""What arrived is surely in the files after this time, where the capture does not tell (``written`` in :mod:`media.capture`)."""
END_WAIT_US = 600_000_000
"""After the end it is waited so long for a full disk; then the recording is completed with what is captured."""
_AHEAD_SAMPLES = (AAC_PREROLL + 1) * AAC_SAMPLES
_POLL_S, _LOOK_EVERY = 0.1, 10
_START_TIMEOUT_S = 30.0
_SKIP_US = 1_000_000


class NothingCaptured(Exception):
    """The capture has no program line: there is nothing to compose."""


@dataclass(frozen=True)
class World:
    """What the composing needs of its surroundings; tests bring their own."""

    now_us: Callable[[], int]
    sleep: Callable[[float], None]
    tell: Callable[[dict[str, object]], None]
    """Takes events for the node."""
    orphaned: Callable[[], bool] = lambda: False
    """True once whoever started this process is gone: a new one will go on."""


@dataclass(frozen=True)
class Job:
    """``closed``: the capture grows no more, even if its end was never written."""

    data: Path
    recording: str
    height: int = 720
    fps: int = 25
    closed: bool = False

    @property
    def capture(self) -> Path:
        return self.data / "captures" / self.recording

    @property
    def folder(self) -> Path:
        return self.data / "recordings" / self.recording


def run(job: Job, world: World) -> bool:
    """Compose until the recording's end. True when it is complete; False where it stopped because its starter is gone.

    Raises :class:`NothingCaptured`, and OSError where the disk fails otherwise than by being full.
    """
    warn = _once(world)
    status = read_status(job.folder)
    if status and status.state == "done":
        world.tell({"event": "started", "zero_ms": status.zero_ms})
        world.tell({"event": "finished", "duration_ms": status.duration_ms})
        return True
    zero_us = _wait_for_start(job, world, warn)
    if zero_us is None:
        return False
    if status:
        job = Job(job.data, job.recording, status.height, status.fps, job.closed)
    return _Composition(job, world, zero_us, warn).run()


def _once(world: World) -> Warn:
    told: set[tuple[str, str]] = set()

    def warn(code: str, name: str) -> None:
        if (code, name) not in told:
            told.add((code, name))
            world.tell({"event": "warning", "code": code, "file": name})

    return warn


def _wait_for_start(job: Job, world: World, warn: Warn) -> int | None:
    log = ProgramLog(job.capture / "program.jsonl", job.recording, warn)
    waited_s = 0.0
    while True:
        log.poll()
        if log.zero_us is not None:
            return log.zero_us
        if job.closed or waited_s > _START_TIMEOUT_S:
            raise NothingCaptured(job.recording)
        if world.orphaned():
            return None
        world.sleep(_POLL_S)
        waited_s += _POLL_S


class _Composition:
    def __init__(self, job: Job, world: World, zero_us: int, warn: Warn) -> None:
        self._job, self._world, self._zero_us = job, world, zero_us
        self._group = SEGMENT_S * job.fps
        width = job.height * 16 // 9 & ~1
        hls = job.folder / "hls"
        hls.mkdir(parents=True, exist_ok=True)
        self._disk = PatientDisk(world.sleep, lambda code: world.tell({"event": "trouble", "code": code}))
        playlist = read_playlist(hls, zero_us // 1000, SEGMENT_S)
        self._writer = HlsWriter(hls, playlist, self._disk.write)
        self._frame = len(playlist.segments) * self._group
        self._first_sound = -(-self._frame * RATE_HZ // job.fps // AAC_SAMPLES)
        self._sound = max(0, self._first_sound - AAC_PREROLL) * AAC_SAMPLES
        self._stage = Stage(job.capture, job.recording, zero_us, warn, self._wall_us(self._frame) - LOOK_BACK_US)
        self._composer = Composer(width, job.height, self._stage.source)
        self._mixer = Mixer()
        self._video = VideoEncoder(width, job.height, job.fps, self._group)
        self._audio = AudioEncoder(self._first_sound)
        self._video_format = VideoFormat(width, job.height, VIDEO_HZ, VIDEO_HZ // job.fps, self._video.parameter_sets)
        self._audio_format = AudioFormat(RATE_HZ, AAC_SAMPLES, 96_000, self._audio.config)
        self._codecs = f"avc1.{self._video.parameter_sets[0][1:4].hex()},mp4a.40.2"
        self._pictures: list[Packet] = []
        self._sounds: list[Packet] = []
        self._end_us: int | None = None
        self._written = Written(job.capture)

    def run(self) -> bool:
        world, playlist = self._world, self._writer.playlist
        self._save_status("live")
        world.tell({"event": "started", "zero_ms": playlist.zero_ms})
        if not playlist.ended:
            self._writer.begin(initialisation(self._video_format, self._audio_format))
            if self._job.closed:
                self._end_us = self._last_us()
            self._catch_up()
            if not self._compose_all():
                return False
            self._finish()
        self._save_status("done")
        world.tell({"event": "finished", "duration_ms": self._duration_ms()})
        return True

    def _last_us(self) -> int:
        """The end of a capture that grows no more, whether or not its end was written."""
        probe = Stage(self._job.capture, self._job.recording, self._zero_us, lambda code, name: None)
        last_us = probe.last_us()
        probe.close()
        return max(probe.program.end_us or last_us, self._zero_us)

    def _catch_up(self) -> None:
        """Pass over what is composed already, keeping what decoding needs from before."""
        target_us = self._wall_us(self._frame)
        moment_us = self._zero_us
        while moment_us < target_us:
            moment_us = min(moment_us + _SKIP_US, target_us)
            self._stage.read_until(moment_us + WAIT_US)
            self._stage.skip(moment_us)
            self._stage.skip_voices(min(self._sound, (moment_us - self._zero_us) * RATE_HZ // 1_000_000))

    def _compose_all(self) -> bool:
        while True:
            wall_us = self._wall_us(self._frame)
            if not self._wait_for(wall_us):
                return False
            if self._end_us is not None and wall_us >= self._end_us:
                return True
            self._compose_frame(wall_us)
            self._cut()

    def _wait_for(self, wall_us: int) -> bool:
        """Until everything that belongs to ``wall_us`` is in the files, or the end is known. False: stop here."""
        program, world, polls = self._stage.program, self._world, 0
        while self._end_us is None:
            end_us = program.end_us
            if end_us is not None and (self._is_written(end_us) or world.now_us() >= end_us + END_WAIT_US):
                self._end_us = end_us
            elif world.orphaned():  # also where it is behind: its successor waits for the lock
                return False
            elif self._is_written(wall_us + WAIT_US):
                break
            else:
                world.sleep(_POLL_S)
                polls += 1
                (program.poll if polls % _LOOK_EVERY else self._stage.look)()
        return True

    def _is_written(self, until_us: int) -> bool:
        """Whether all that arrived until then is in the files. On a full disk that may take as long as it stays full."""
        told_us = self._written.until_us()
        return told_us >= until_us if told_us is not None else self._world.now_us() >= until_us + FLUSH_US

    def _compose_frame(self, wall_us: int) -> None:
        read_us = wall_us + WAIT_US
        self._stage.read_until(read_us)
        nearest_us = wall_us + 500_000 // self._job.fps  # the pictures nearest to the moment, not the last ones before it
        picture = self._composer.compose(self._stage.program.at(wall_us), nearest_us, read_us)
        self._stage.skip(nearest_us, but=self._composer.watched())
        self._pictures += self._video.encode(picture, self._frame)
        self._frame += 1
        self._mix_until(self._frame * RATE_HZ // self._job.fps + _AHEAD_SAMPLES)

    def _mix_until(self, position: int) -> None:
        while self._sound + AAC_SAMPLES <= position:
            end = self._sound + AAC_SAMPLES
            program = self._stage.program.at(self._zero_us + self._sound * 1_000_000 // RATE_HZ)
            heard = program.voices if program.state == "live" else ()
            samples = self._mixer.mix(self._sound, end, heard, self._stage.microphones)
            self._sounds += self._audio.encode(samples, self._sound)
            self._sound = end

    def _cut(self) -> None:
        """Write the next segment once all of it is encoded."""
        boundary = (len(self._writer.playlist.segments) + 1) * self._group
        last_sound = self._sounds_before(boundary)
        if len(self._pictures) >= self._group and self._sounds and self._sounds[-1].index >= last_sound - 1:
            self._write(self._group, last_sound)
            self._save_status("live")
            if not self._job.closed:
                self._tell_progress()

    def _tell_progress(self) -> None:
        """How far it is, and how far behind the wall clock."""
        segments = len(self._writer.playlist.segments)
        lag_ms = (self._world.now_us() - self._wall_us(segments * self._group)) // 1000
        self._world.tell({"event": "progress", "segments": segments, "lag_ms": lag_ms})

    def _finish(self) -> None:
        self._pictures += self._video.flush()
        self._sounds += self._audio.flush()
        if self._pictures:
            self._write(len(self._pictures), self._sounds_before(self._frame))
        self._writer.end()
        self._stage.close()

    def _write(self, frames: int, last_sound: int) -> None:
        pictures, self._pictures = self._pictures[:frames], self._pictures[frames:]
        sounds = [packet for packet in self._sounds if packet.index < last_sound]
        self._sounds = self._sounds[len(sounds) :]
        number = len(self._writer.playlist.segments) + 1
        data = media_segment(
            number, self._video_format, self._audio_format,
            pictures[0].index, [Sample(p.data, p.keyframe) for p in pictures],
            sounds[0].index if sounds else 0, [Sample(p.data, True) for p in sounds],
        )  # fmt: skip
        self._writer.add(data, frames / self._job.fps)

    def _sounds_before(self, frame: int) -> int:
        """The number of the first AAC packet that begins at or after ``frame``."""
        return -(-frame * RATE_HZ // self._job.fps // AAC_SAMPLES)

    def _wall_us(self, frame: int) -> int:
        return self._zero_us + frame * 1_000_000 // self._job.fps

    def _duration_ms(self) -> int:
        return round(self._writer.playlist.duration_s * 1000)

    def _save_status(self, state: State) -> None:
        job = self._job
        status = Status(state, self._writer.playlist.zero_ms, self._duration_ms(), job.height, job.fps, self._codecs)
        self._disk.write(job.folder / STATUS, status.encode())
