from __future__ import annotations

import itertools

import pytest

from media.egress.layout import Box, Page, Picture, Slate, scene_of
from media.plane import Content, Plate
from tests.media.egress.kit import program

PLATES = {"a": Plate(name="Nguyễn Thị Hạnh", caption="Báo cáo viên")}
SIZES = [(640, 360), (1280, 720), (1920, 1080)]


@pytest.mark.parametrize("state", ["waiting", "break", "ended"])
def test_words_alone_when_the_session_is_not_live(state: str) -> None:
    scene = scene_of(program(1, state=state, speaker="a", note="Giải lao"), 1280, 720)
    assert scene.slate == Slate("Hội nghị quán triệt Nghị quyết số 57-NQ/TW", "Giải lao")
    assert scene.pictures == ()
    assert scene.page is None


def test_words_alone_when_nobody_is_shown() -> None:
    assert scene_of(program(1), 1280, 720).slate is not None


def test_the_speaker_fills_the_picture_when_there_is_no_content() -> None:
    scene = scene_of(program(1, speaker="a", plates=PLATES), 1280, 720)
    assert scene.pictures == (Picture(Box(0, 0, 1280, 720), "a", "camera", PLATES["a"], inside=True),)


def test_the_page_stands_beside_the_speaker_when_a_deck_is_shown() -> None:
    scene = scene_of(program(1, speaker="a", plates=PLATES, content=Content(kind="deck", image="/x/1.png")), 1280, 720)
    assert scene.page is not None
    (camera,) = scene.pictures
    assert scene.page.box.x + scene.page.box.width <= camera.box.x
    assert scene.page.box.width > 2.5 * camera.box.width
    assert (camera.peer, camera.kind, camera.plate, camera.inside) == ("a", "camera", PLATES["a"], False)


def test_the_screen_stands_beside_the_speaker_when_it_is_shared() -> None:
    scene = scene_of(program(1, speaker="a", content=Content(kind="screen", peer="b")), 1280, 720)
    assert [(picture.peer, picture.kind) for picture in scene.pictures] == [("b", "screen"), ("a", "camera")]


def test_content_alone_fills_the_picture() -> None:
    deck = scene_of(program(1, content=Content(kind="deck", image="/x/1.png")), 1280, 720)
    screen = scene_of(program(1, content=Content(kind="screen", peer="b")), 1280, 720)
    assert deck.page == Page(Box(0, 0, 1280, 720), "/x/1.png")
    assert screen.pictures == (Picture(Box(0, 0, 1280, 720), "b", "screen"),)


@pytest.mark.parametrize(("size", "shape"), list(itertools.product(SIZES, [(16, 9), (4, 3), (9, 16), (1, 1), (5000, 3)])))
def test_boxes_are_even_and_inside_whatever_stands_in_them(size: tuple[int, int], shape: tuple[int, int]) -> None:
    contents = [Content(), Content(kind="deck", image="/x"), Content(kind="screen", peer="b")]
    for content in contents:
        scene = scene_of(program(1, speaker="a", content=content), *size)
        outer = [picture.box for picture in scene.pictures] + ([scene.page.box] if scene.page else [])
        for box in outer + [box.fitted(*shape) for box in outer]:
            assert all(value % 2 == 0 for value in (box.x, box.y, box.width, box.height))
            assert box.x >= 0
            assert box.y >= 0
            assert 0 < box.width <= size[0] - box.x
            assert 0 < box.height <= size[1] - box.y


def test_a_shape_is_kept_when_it_is_fitted() -> None:
    for width, height in ((640, 480), (360, 640), (1920, 1080)):
        box = Box(0, 0, 1280, 720).fitted(width, height)
        assert abs(box.width / box.height - width / height) < 0.01
