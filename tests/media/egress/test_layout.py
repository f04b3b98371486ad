from __future__ import annotations

import itertools

import pytest

from media.egress.artwork import clock_text
from media.egress.layout import Box, Page, Picture, Slate, scene_of
from media.plane import Content, Plate
from tests.media.egress.kit import program

PLATES = {"a": Plate(name="Nguyễn Thị Hạnh", caption="Báo cáo viên")}
SIZES = [(640, 360), (1280, 720), (1920, 1080)]


@pytest.mark.parametrize("state", ["waiting", "break", "ended"])
def test_words_alone_when_the_session_is_not_live(state: str) -> None:
    scene = scene_of(program(1, state=state, speaker="a", note="Giải lao"), 1280, 720, 0)
    assert scene.slate == Slate("Hội nghị quán triệt Nghị quyết số 57-NQ/TW", "Giải lao")
    assert scene.pictures == ()
    assert scene.page is None


def test_words_alone_when_nobody_is_shown() -> None:
    assert scene_of(program(1), 1280, 720, 0).slate is not None


def test_the_speaker_fills_the_picture_when_there_is_no_content() -> None:
    scene = scene_of(program(1, speaker="a", plates=PLATES), 1280, 720, 0)
    assert scene.pictures == (Picture(Box(0, 0, 1280, 720), "a", "camera", PLATES["a"], inside=True),)


def test_the_page_stands_beside_the_speaker_when_a_deck_is_shown() -> None:
    scene = scene_of(program(1, speaker="a", plates=PLATES, content=Content(kind="deck", image="/x/1.png")), 1280, 720, 0)
    assert scene.page is not None
    (camera,) = scene.pictures
    assert scene.page.box.x + scene.page.box.width <= camera.box.x
    assert scene.page.box.width > 2.5 * camera.box.width
    assert (camera.peer, camera.kind, camera.plate, camera.inside) == ("a", "camera", PLATES["a"], False)


def test_the_screen_stands_beside_the_speaker_when_it_is_shared() -> None:
    scene = scene_of(program(1, speaker="a", content=Content(kind="screen", peer="b")), 1280, 720, 0)
    assert [(picture.peer, picture.kind) for picture in scene.pictures] == [("b", "screen"), ("a", "camera")]


def test_content_alone_fills_the_picture() -> None:
    deck = scene_of(program(1, content=Content(kind="deck", image="/x/1.png")), 1280, 720, 0)
    screen = scene_of(program(1, content=Content(kind="screen", peer="b")), 1280, 720, 0)
    assert deck.page == Page(Box(0, 0, 1280, 720), "/x/1.png")
    assert screen.pictures == (Picture(Box(0, 0, 1280, 720), "b", "screen"),)


@pytest.mark.parametrize(("size", "shape"), list(itertools.product(SIZES, [(16, 9), (4, 3), (9, 16), (1, 1), (5000, 3)])))
def test_boxes_are_even_and_inside_whatever_stands_in_them(size: tuple[int, int], shape: tuple[int, int]) -> None:
    contents = [Content(), Content(kind="deck", image="/x"), Content(kind="screen", peer="b")]
    for content in contents:
        scene = scene_of(program(1, speaker="a", content=content), *size, 0)
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


def test_who_speaks_together_stands_side_by_side_each_over_its_name() -> None:
    scene = scene_of(program(1, speaker="a", beside=("b",), plates=PLATES), 1280, 720, 0)
    first, second = scene.pictures
    assert (first.peer, second.peer) == ("a", "b")
    assert (first.box.width, first.box.height, first.box.y) == (second.box.width, second.box.height, second.box.y)
    assert first.box.x + first.box.width < second.box.x
    assert (first.plate, first.inside) == (PLATES["a"], False)
    assert scene.foot is not None
    assert first.box.y + first.box.height < scene.foot.y


def test_who_speaks_together_stands_one_over_the_other_beside_content() -> None:
    scene = scene_of(program(1, speaker="a", beside=("b",), content=Content(kind="deck", image="/x/1.png")), 1280, 720, 0)
    first, second = scene.pictures
    assert scene.page is not None
    assert scene.page.box.x + scene.page.box.width <= first.box.x == second.box.x
    assert first.box.y + first.box.height < second.box.y


@pytest.mark.parametrize("count", [2, 3, 4, 5])
@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_many_speakers_lie_inside_and_apart(count: int, size: tuple[int, int]) -> None:
    for content in (Content(), Content(kind="screen", peer="z")):
        scene = scene_of(program(1, speaker="p0", beside=tuple(f"p{n}" for n in range(1, count)), content=content), *size, 0)
        boxes = [picture.box for picture in scene.pictures]
        assert len(boxes) == (min(count, 4) if content.kind == "none" else 3)
        for box in boxes:
            assert all(value % 2 == 0 for value in (box.x, box.y, box.width, box.height))
            assert 0 <= box.x <= size[0] - box.width
            assert 0 <= box.y <= size[1] - box.height
        for one, other in itertools.combinations(boxes, 2):
            assert one.x + one.width <= other.x or other.x + other.width <= one.x or (
                one.y + one.height <= other.y or other.y + other.height <= one.y
            )  # fmt: skip


def test_nobody_stands_beside_themselves() -> None:
    assert len(scene_of(program(1, speaker="a", beside=("a",)), 1280, 720, 0).pictures) == 1


@pytest.mark.parametrize(
    ("state", "wall_ms", "left"),
    [
        ("waiting", 0, 90),
        ("break", 1, 90),
        ("break", 1_000, 89),
        ("break", 89_999, 1),
        ("break", 90_000, None),
        ("live", 0, None),
    ],
)
def test_a_slate_counts_down_whole_seconds_until_what_is_waited_for(state: str, wall_ms: int, left: int | None) -> None:
    scene = scene_of(program(1, state=state, until_ms=90_000), 1280, 720, wall_ms * 1_000)
    assert scene.slate is not None
    assert scene.slate.left_s == left


@pytest.mark.parametrize(("seconds", "text"), [(5, "0:05"), (600, "10:00"), (3_600, "1:00:00"), (3_661, "1:01:01")])
def test_the_clock_of_a_slate(seconds: int, text: str) -> None:
    assert clock_text(seconds) == text
