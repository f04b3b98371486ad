"""Makes the talk's files anew: ``python -m deploy.demo.talk.build``.

Needs espeak-ng, ffmpeg with libvpx and libopus, and the npm packages of the pages (for the typeface).
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import tempfile
import wave
from collections.abc import Iterable
from pathlib import Path

import pypdfium2
import typst
from PIL import Image

from deploy.demo.talk import FOLDER, PICTURE, SLIDES, SOUND, TIMING
from deploy.demo.talk.narration import SPOKEN
from deploy.demo.talk.scene import FRAMES_PER_SECOND, HEIGHT, LABEL, WIDTH, frames
from deploy.demo.talk.speech import Samples, loudness, narrate
from deploy.demo.talk.woff import to_sfnt

_NPM = FOLDER.parents[2] / "web" / "node_modules" / "@fontsource" / "be-vietnam-pro" / "files"
_PARTS = {"latin": "BVP Latin", "latin-ext": "BVP Latin Ext", "vietnamese": "BVP Vietnamese"}
_MOST_BYTES = 4 * 1024 * 1024


def unpack_fonts(folder: Path) -> None:
    """Be Vietnam Pro as TrueType files in ``folder``, each part of the letters under the name that the slides use."""
    for weight in (400, 600, 700):
        for part, family in _PARTS.items():
            name = f"be-vietnam-pro-{part}-{weight}-normal"
            (folder / f"{name}.ttf").write_bytes(to_sfnt((_NPM / f"{name}.woff").read_bytes(), family=family))


def build_slides(fonts: Path) -> None:
    """``slides.pdf`` from ``slides.typ``; as many pages as there is narration for."""
    typst.compile(str(FOLDER / "slides.typ"), output=str(SLIDES), font_paths=[str(fonts)], ignore_system_fonts=True)
    pages = len(pypdfium2.PdfDocument(SLIDES))
    if pages != len(SPOKEN):
        raise SystemExit(f"{pages} slides, but narration for {len(SPOKEN)}")


def build_sound(samples: Samples, rate: int) -> None:
    """``talk.ogg``: Opus in mono, 48 kHz, of even loudness."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "talk.wav"
        with wave.open(str(source), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.tobytes())
        _ffmpeg(
            *("-i", str(source), "-af", "highpass=f=70,loudnorm=I=-18:TP=-2:LRA=7", "-ar", "48000", "-ac", "1"),
            *("-c:a", "libopus", "-b:a", "32k", "-application", "voip", "-frame_duration", "20"),
            *_labels(), str(SOUND),
        )  # fmt: skip


def build_picture(pictures: Iterable[Image.Image]) -> None:
    """``talk.webm``: VP8 as a browser would send it (no hidden frames), with a keyframe every three seconds."""
    argv = [
        "ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}",
        "-r", str(FRAMES_PER_SECOND), "-i", "-", "-c:v", "libvpx", "-b:v", "150k", "-qmax", "36",
        "-g", str(3 * FRAMES_PER_SECOND), "-auto-alt-ref", "0", "-lag-in-frames", "0", "-deadline", "good", "-cpu-used", "1",
        "-pix_fmt", "yuv420p", *_labels(), str(PICTURE),
    ]  # fmt: skip
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for picture in pictures:
            process.stdin.write(picture.tobytes())
        process.stdin.close()
        if process.wait(timeout=120):
            raise SystemExit("ffmpeg failed")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        fonts = Path(folder)
        unpack_fonts(fonts)
        build_slides(fonts)
        samples, rate, cues = narrate(SPOKEN)
        build_sound(samples, rate)
        build_picture(frames(loudness(samples, rate, per_second=FRAMES_PER_SECOND), fonts=fonts))
    document = {"label": LABEL, "duration_ms": cues[-1].end_ms, "cues": [dataclasses.asdict(cue) for cue in cues]}
    TIMING.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    sizes = {path.name: path.stat().st_size for path in (SLIDES, SOUND, PICTURE, TIMING)}
    print(f"{cues[-1].end_ms / 1000:.1f} s", sizes)
    if sum(sizes.values()) > _MOST_BYTES:
        raise SystemExit("The talk's files are larger than 4 MiB.")


def _labels() -> list[str]:
    title = "Nội dung cốt lõi của Nghị quyết số 57-NQ/TW"
    return ["-metadata", f"title={title} ({LABEL})", "-metadata", "artist=espeak-ng", "-metadata", f"comment={LABEL}"]


def _ffmpeg(*arguments: str) -> None:
    argv = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *arguments]
    subprocess.run(argv, check=True, timeout=300)


if __name__ == "__main__":
    main()
