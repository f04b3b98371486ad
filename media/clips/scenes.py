"""What stood where in a recording's picture, from moment to moment: read off the program's history, kept beside the recording.

The capture may be deleted later; what a clip's crop needs of it is small, and stays. Pure but for :func:`keep` and :func:`read`.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from media.egress.layout import Box, Scene, scene_of
from media.plane import Plate, Program

FILE = "scenes.json"
PageSize = Callable[[str], "tuple[int, int] | None"]
"""Width and height of a deck page's image file; None where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A camera's place in the picture, and who is seen there: name and office, blank where nobody named them."""

    box: Box
    name: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One arrangement of the picture. ``speakers``: who has the floor first. Where are neither speakers nor content, there are
    words alone. ``inside``: the speaker's name lies over the lower edge of the picture."""

    speakers: tuple[Speaker, ...] = ()
    content: Box | None = None
    inside: bool = False

    @property
    def name(self) -> str:
        """Of who has the floor."""
        return self.speakers[0].name if self.speakers else ""

    @property
    def caption(self) -> str:
        return self.speakers[0].caption if self.speakers else ""


@dataclass(frozen=True, slots=True)
class Scenes:
    """What a picture of ``width`` × ``height`` showed: each entry from its moment (µs of the recording) until the next one's."""

    width: int
    height: int
    entries: tuple[tuple[int, Shown], ...]

    def encode(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str | bytes) -> Scenes:
        """Raises ValueError, KeyError or TypeError for what :meth:`encode` did not write."""
        value = json.loads(text)
        return cls(value["width"], value["height"], tuple((int(at_us), _shown(each)) for at_us, each in value["entries"]))

    def stretches(self, first: int, end: int, fps: int) -> list[Stretch]:
        """The frames ``first`` … ``end`` (exclusive) by arrangement. Frame *n* shows the last entry at or before its moment."""
        begins = [-(-at_us * fps // 1_000_000) for at_us, _shown in self.entries]
        at = max(0, bisect.bisect_right(begins, first) - 1)
        out: list[Stretch] = []
        for index in range(at, len(begins)):
            begin, shown = max(first, begins[index]), self.entries[index][1]
            until = min(end, begins[index + 1] if index + 1 < len(begins) else end)
            if until <= begin:
                continue
            if out and out[-1].shown == shown:
                out[-1] = Stretch(out[-1].first, until, shown)
            else:
                out.append(Stretch(begin if out else first, until, shown))
        return out


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames ``first`` … ``end`` (exclusive) of the recording, which look alike."""

    first: int
    end: int
    shown: Shown | None
    """None where nothing is known of the picture."""


def scenes_of(programs: Sequence[tuple[int, Program]], width: int, height: int, page_size: PageSize) -> Scenes:
    """``programs``: when each began to hold, µs on any clock; the first one is the recording's zero."""
    entries: list[tuple[int, Shown]] = []
    for at_us, program in programs:
        shown = _of_scene(scene_of(program, width, height, at_us), page_size)
        if not entries or entries[-1][1] != shown:
            entries.append((at_us - programs[0][0], shown))
    return Scenes(width, height, tuple(entries))


def keep(folder: Path, scenes: Scenes) -> None:
    """Write ``scenes`` into the recording's folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    fresh = path.with_suffix(".part")
    fresh.write_text(scenes.encode(), encoding="utf-8")
    fresh.replace(path)


def read(folder: Path) -> Scenes | None:
    """What :func:`keep` wrote; None where there is nothing of use."""
    try:
        return Scenes.decode((folder / FILE).read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _of_scene(scene: Scene, page_size: PageSize) -> Shown:
    cameras = [picture for picture in scene.pictures if picture.kind == "camera"]
    screens = [picture.box for picture in scene.pictures if picture.kind == "screen"]
    content = screens[0] if screens else None
    if scene.page:
        size = page_size(scene.page.image)
        content = scene.page.box.fitted(*size) if size else scene.page.box
    return Shown(
        speakers=tuple(_speaker(camera.box, camera.plate) for camera in cameras),
        content=content,
        inside=bool(cameras and cameras[0].inside),
    )


def _speaker(box: Box, plate: Plate | None) -> Speaker:
    return Speaker(box, plate.name, plate.caption) if plate else Speaker(box)


def _shown(value: dict[str, object]) -> Shown:
    speakers, content = value["speakers"], value["content"]
    if not isinstance(speakers, list):
        raise TypeError("speakers")
    read = tuple(Speaker(Box(**each["box"]), str(each["name"]), str(each["caption"])) for each in speakers)
    return Shown(read, Box(**content) if isinstance(content, dict) else None, bool(value["inside"]))
