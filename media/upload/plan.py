"""How a file from elsewhere becomes what our own recorder leaves: pure planning, to ffmpeg's arguments (nothing is written)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from media.upload.found import Found, Picture
from media.upload.magic import DEMUXERS, Family
from media.vod.plan import Plan

SEGMENT_S = 2
_LEVELS = {360: ("3.0", "1e"), 480: ("3.1", "1f"), 720: ("3.1", "1f"), 1080: ("4.0", "28")}
"""Heights that are made, each with its level of H.264 (ITU-T H.264, table A-1) and how media types name it (RFC 6381)."""
_HZ = 48_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What is made: 16:9, constant frame rate."""

    height: int
    fps: int

    @property
    def width(self) -> int:
        return self.height * 16 // 9 & ~1

    @property
    def codecs(self) -> str:
        """See :attr:`media.egress.status.Status.codecs`."""
        return f"avc1.6400{_LEVELS[self.height][1]},mp4a.40.2"


@dataclass(frozen=True, slots=True)
class Original:
    """The file that was sent and what was found in it. ``slate``: what stands where there is no picture. Absolute paths."""

    path: Path
    family: Family
    found: Found
    slate: Path


def shape_of(found: Found) -> Shape:
    """The smallest height whose 16:9 frame holds the picture in full, 1080 at most; 25 or 30 frames a second, whichever the
    picture's own are nearer to (those of 50 are 25)."""
    picture = found.picture
    if picture is None:
        return Shape(720, 25)
    needed = max(picture.height, picture.width * 9 / 16)
    height = next((each for each in _LEVELS if each >= needed - 8), 1080)
    return Shape(height, 30 if picture.fps > 27.5 and abs(picture.fps - 50) > 1 else 25)


def duration_ms_of(found: Found) -> int:
    """How long the recording becomes: whole frames, to the end of picture and sound, whichever is longer."""
    return round(_frames(found) * 1000 / shape_of(found).fps)


def plan(original: Original, hls: Path) -> Plan:
    """How the folder ``hls``, which is there, is filled."""
    found, shape = original.found, shape_of(original.found)
    demuxer, whitelist = DEMUXERS[original.family]
    steady = (
        {"reinit_filter:v": 0} if found.picture else {}
    )  # or the sound's filters begin anew where the picture's shape changes
    source = ffmpeg.input(str(original.path), f=demuxer, protocol_whitelist="file", format_whitelist=whitelist, **steady)
    if found.picture is not None:
        picture = _fitted(source[str(found.picture.index)], found.picture, shape)
    else:
        picture = ffmpeg.input(str(original.slate), f="image2", loop=1, framerate=shape.fps).video
    layout = "stereo" if found.sound is not None and found.sound.channels > 1 else "mono"
    if found.sound is not None:
        sound = _even(source[str(found.sound.index)], layout)
    else:
        sound = ffmpeg.input(f"anullsrc=r={_HZ}:cl={layout}", f="lavfi").audio
    duration_s = _frames(found) / shape.fps
    output = ffmpeg.output(
        picture, sound, str(hls / "index.m3u8"), t=f"{duration_s:.6f}",
        **_hls(hls), **_picture_out(shape), **_sound_out(layout), map_metadata=-1, map_chapters=-1,
    )  # fmt: skip
    return Plan(_argv(output), hls / "index.m3u8", duration_s)


def _frames(found: Found) -> int:
    return max(1, -(-found.readable_ms * shape_of(found).fps // 1000))


def _fitted(stream: Any, picture: Picture, shape: Shape) -> Any:
    """Upright (ffmpeg turns it by itself), without combing, at an even pace, whole and undistorted in the middle of the frame,
    also where it changes its shape on the way; its last picture stands as long as there is sound."""
    width = f"max(2,2*round(min({shape.width}, {shape.height}*dar)/2))"
    height = f"max(2,2*round(min({shape.height}, {shape.width}/dar)/2))"
    if picture.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    stream = stream.filter("fps", fps=shape.fps, start_time=0)
    if picture.hdr:  # its other tags may be missing, or name what no filter reads: BT.2100 has these colours
        stream = stream.filter("setparams", color_primaries="bt2020", colorspace="bt2020nc")
    stream = stream.filter("scale", w=width, h=height, eval="frame", flags="bicubic", out_range="tv", **_matrix(picture))
    if picture.hdr:
        stream = _toned_down(stream)
    stream = stream.filter("format", pix_fmts="yuv420p").filter("setsar", 1)
    stream = stream.filter("pad", w=shape.width, h=shape.height, x="(ow-iw)/2", y="(oh-ih)/2", eval="frame")
    return stream.filter("tpad", stop=-1, stop_mode="clone")


def _matrix(picture: Picture) -> dict[str, str]:
    return {} if picture.hdr else {"out_color_matrix": "bt709"}


def _toned_down(stream: Any) -> Any:
    """From a high dynamic range to that of ordinary screens."""
    stream = stream.filter("zscale", transfer="linear", npl=100).filter("format", pix_fmts="gbrpf32le")
    stream = stream.filter("zscale", primaries="bt709").filter("tonemap", tonemap="hable", desat=0)
    return stream.filter("zscale", transfer="bt709", matrix="bt709", range="tv")


def _even(stream: Any, layout: str) -> Any:
    """Beginning with the picture, without gaps, and silent where there is picture but no sound any more."""
    stream = stream.filter("aresample", _HZ, **{"async": 1, "first_pts": 0})
    return stream.filter("aformat", sample_rates=_HZ, channel_layouts=layout).filter("apad")


def _hls(folder: Path) -> dict[str, object]:
    return {
        "f": "hls", "hls_time": SEGMENT_S, "hls_playlist_type": "vod", "hls_segment_type": "fmp4",
        "hls_flags": "independent_segments", "hls_fmp4_init_filename": "init.mp4",
        "hls_segment_filename": str(folder / "seg-%05d.m4s"), "start_number": 1,
    }  # fmt: skip


def _picture_out(shape: Shape) -> dict[str, object]:
    group, top_bps = SEGMENT_S * shape.fps, shape.height * shape.height * 5
    return {
        "c:v": "libx264", "profile:v": "high", "level:v": _LEVELS[shape.height][0], "pix_fmt": "yuv420p", "preset": "veryfast",
        "crf": 23, "maxrate": top_bps, "bufsize": 2 * top_bps, "g": group, "keyint_min": group, "sc_threshold": 0, "bf": 0,
        "r": shape.fps, "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "color_range": "tv",
    }  # fmt: skip


def _sound_out(layout: str) -> dict[str, object]:
    return {"c:a": "aac", "b:a": "128k" if layout == "stereo" else "96k", "ac": 2 if layout == "stereo" else 1, "ar": _HZ}


def _argv(output: object) -> tuple[str, ...]:
    flags = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", "-y")
    return (*flags, *(str(argument) for argument in ffmpeg.get_args(output)))
