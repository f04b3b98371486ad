"""The composed picture of a moment: program and moving pictures in, one frame out, drawing only what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import av

from media.egress import artwork
from media.egress.canvas import Canvas, Scaler, Stamp
from media.egress.layout import Box, Picture, Scene, left_s, scene_of
from media.egress.pictures import PictureSource
from media.plane import Content, Program

_GONE_US = {"camera": 4_000_000, "screen": 15_000_000}
"""A camera that gave nothing for so long is shown as a name card; a still screen may send that seldom."""
_PAGE_RETRY_US = 1_000_000
_PATIENCE_US = 800_000
"""A new speaker's first keyframe takes a moment; until then the picture does not change."""

FindSource = Callable[[str, str], PictureSource]
"""Gives the source of a peer's ``camera`` or ``screen``."""


@dataclass
class _Cell:
    """What the composer remembers of one moving picture of the scene."""

    picture: Picture
    scaler: Scaler = field(default_factory=Scaler)
    shown: Box | None = None
    """Where the frame lies now (its shape decides); None while the name card stands there."""
    stamps: tuple[Stamp, ...] = ()


class Composer:
    """Composes frames of ``width`` × ``height``; call :meth:`compose` with moments that grow."""

    def __init__(self, width: int, height: int, find: FindSource) -> None:
        self._find = find
        self._canvas, self._base = Canvas(width, height), Canvas(width, height)
        self._scene: Scene | None = None
        self._program: Program | None = None
        self._cells: list[_Cell] = []
        self._page_missing_since: int | None = None
        self._coming: Scene | None = None
        self._coming_since = 0
        self._left_s: int | None = None

    def compose(self, program: Program, wall_us: int, read_us: int) -> av.VideoFrame:
        """The picture at ``wall_us``, all captures having been read up to arrivals at ``read_us``."""
        retry = self._page_missing_since is not None and wall_us - self._page_missing_since >= _PAGE_RETRY_US
        left = left_s(program, wall_us)
        if program is not self._program or retry or left != self._left_s:
            self._program, self._left_s = program, left
            self._coming, self._coming_since = self._possible(program, wall_us), wall_us
        if self._coming is not None and self._may_change_to(self._coming, wall_us, read_us):
            self._set_scene(self._coming)
            self._coming = None
        for cell in self._cells:
            self._update(cell, wall_us, read_us)
        return self._canvas.frame()

    def watched(self) -> set[tuple[str, str]]:
        """The peers and kinds whose pictures the scene shows, or the one that comes next."""
        coming = self._coming.pictures if self._coming else ()
        return {(picture.peer, picture.kind) for picture in (*coming, *(cell.picture for cell in self._cells))}

    def _may_change_to(self, scene: Scene, wall_us: int, read_us: int) -> bool:
        """Whether the pictures of the next scene are there; else the present one stays a little longer."""
        shown = {(cell.picture.peer, cell.picture.kind) for cell in self._cells}
        ready = True
        for picture in scene.pictures:
            source = self._find(picture.peer, picture.kind)
            if (picture.peer, picture.kind) not in shown:
                source.advance(wall_us, read_us, picture.box.height)
            ready &= source.frame is not None
        return ready or self._scene is None or wall_us - self._coming_since >= _PATIENCE_US

    def _possible(self, program: Program, wall_us: int) -> Scene:
        """The program's scene; without the content while its page cannot be read."""
        scene = scene_of(program, self._canvas.width, self._canvas.height, wall_us)
        missing = scene.page is not None and artwork.load_page(scene.page.image) is None
        self._page_missing_since = wall_us if missing else None
        if missing:
            bare = program.model_copy(update={"content": Content()})
            return scene_of(bare, self._canvas.width, self._canvas.height, wall_us)
        return scene

    def _set_scene(self, scene: Scene) -> None:
        if scene == self._scene:
            return
        self._scene = scene
        self._base.paint(artwork.background(scene, self._base.width, self._base.height))
        self._canvas.copy_from(self._base)
        self._cells = [_Cell(picture) for picture in scene.pictures]
        for cell in self._cells:
            self._show_card(cell)

    def _update(self, cell: _Cell, wall_us: int, read_us: int) -> None:
        picture = cell.picture
        source = self._find(picture.peer, picture.kind)
        changed = source.advance(wall_us, read_us, picture.box.height)
        frame = source.frame
        if frame is None or wall_us - source.seen_us > _GONE_US[picture.kind]:
            if cell.shown is not None:
                self._show_card(cell)
            return
        if not changed and cell.shown is not None:
            return
        box = picture.box.fitted(frame.width, frame.height)
        if box != cell.shown:
            self._make_room(cell, box)
        self._canvas.paste(cell.scaler.scale(frame, box.width, box.height), box)
        for stamp in cell.stamps:
            stamp.lay_on(self._canvas)

    def _make_room(self, cell: _Cell, box: Box) -> None:
        """The picture takes a new shape: clear its place, and prepare what lies over it."""
        picture = cell.picture
        self._canvas.restore(picture.box, self._base)
        cell.shown = box
        pieces = [] if picture.inside else artwork.corners(box, self._canvas.height)
        cell.stamps = tuple(Stamp.of(image, x, y) for image, x, y in pieces) + self._plate(picture)

    def _show_card(self, cell: _Cell) -> None:
        picture = cell.picture
        cell.shown, cell.stamps = None, ()
        self._canvas.restore(picture.box, self._base)
        if picture.kind == "camera":
            card = Canvas(picture.box.width, picture.box.height)
            card.paint(artwork.name_card(picture, self._canvas.height))
            self._canvas.paste(card.frame(), picture.box)
        for stamp in self._plate(picture):
            stamp.lay_on(self._canvas)

    def _plate(self, picture: Picture) -> tuple[Stamp, ...]:
        if not picture.inside or picture.plate is None:
            return ()
        image = artwork.plate_image(picture.plate, self._canvas.width, self._canvas.height)
        edge = (self._canvas.height // 24) & ~1
        return (Stamp.of(image, edge, self._canvas.height - edge - image.height),)
