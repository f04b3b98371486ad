"""Putting encoded pictures and sound into segments and a finished playlist, by copy.

ffmpeg's own segmenter would shift the pictures by the delay of the sound's encoder, differently in each version; here packets
keep the places that they have in the recording, so that all versions agree to the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from media.egress.fmp4 import AudioFormat, Sample, VideoFormat, initialisation, media_segment
from media.egress.hls import PLAYLIST, segment_name
from media.vod.playlist import Cut, media_playlist
from media.vod.read import Shot, Sound, Unreadable, frames_of

Tell = Callable[[float], bool]
"""Told how far it is (0 to 1) after each segment; False means: stop."""


def package(folder: Path, cuts: Sequence[Cut], fps: int, shots: Iterator[Shot], sound: Sound, tell: Tell) -> bool:
    """Write ``folder`` with one segment for each of ``cuts``, of the same length. False where it was told to stop.

    Raises Unreadable where the pictures do not fill the segments, OSError if the disk refuses.
    """
    feed, audio, inits = _Feed(sound), sound.format, _Inits(folder, sound.format)
    listed: list[Cut] = []
    first_frame = 0
    for number, (cut, shot) in enumerate(zip(cuts, shots, strict=True), start=1):
        if len(shot.frames) != frames_of(cut, fps):
            raise Unreadable(f"segment {number} has {len(shot.frames)} pictures, not {frames_of(cut, fps)}")
        end = first_frame + len(shot.frames)
        first_sound, sounds = feed.until(end * audio.rate_hz // fps, last=number == len(cuts))
        data = media_segment(number, shot.format, audio, first_frame, shot.frames, first_sound, sounds)
        (folder / segment_name(number)).write_bytes(data)
        listed.append(Cut(segment_name(number), inits.of(shot.format), len(shot.frames) / fps))
        first_frame = end
        if not tell(number / len(cuts)):
            return False
    (folder / PLAYLIST).write_text(media_playlist(listed))
    return True


def package_sound(folder: Path, segment_s: int, duration_s: float, sound: Sound, tell: Tell) -> bool:
    """The same for sound that stands alone, in segments of about ``segment_s`` seconds."""
    feed, audio = _Feed(sound), sound.format
    init, end_s = _Inits(folder, audio).of(None), 0.0
    listed: list[Cut] = []
    while end_s < duration_s:
        end_s = min(end_s + segment_s, duration_s)
        first, sounds = feed.until(round(end_s * audio.rate_hz), last=end_s >= duration_s)
        if not sounds:
            break
        name = segment_name(len(listed) + 1)
        (folder / name).write_bytes(media_segment(len(listed) + 1, None, audio, 0, [], first, sounds))
        listed.append(Cut(name, init, len(sounds) * audio.frame_samples / audio.rate_hz))
        if not tell(end_s / duration_s):
            return False
    (folder / PLAYLIST).write_text(media_playlist(listed))
    return True


class _Feed:
    """Packets of the sound, handed out up to a moment."""

    def __init__(self, sound: Sound) -> None:
        self._samples = sound.format.frame_samples
        self._packets = sound.packets
        self._held = next(self._packets, None)

    def until(self, end: int, last: bool) -> tuple[int, list[Sample]]:
        """Number of the first packet, and those that begin before sample ``end``. What begins after the ``last`` end is left."""
        taken: list[Sample] = []
        first = self._held[0] if self._held else 0
        while self._held is not None and self._held[0] * self._samples < end:
            taken.append(self._held[1])
            self._held = next(self._packets, None)
        if last:
            self._held = None
        return first, taken


class _Inits:
    """Initialisation segments: another one where the pictures' format changes."""

    def __init__(self, folder: Path, audio: AudioFormat) -> None:
        self._folder, self._audio = folder, audio
        self._names: dict[VideoFormat | None, str] = {}

    def of(self, video: VideoFormat | None) -> str:
        """The file for this format."""
        if video not in self._names:
            name = f"init-{len(self._names) + 1}.mp4" if self._names else "init.mp4"
            (self._folder / name).write_bytes(initialisation(video, self._audio))
            self._names[video] = name
        return self._names[video]
