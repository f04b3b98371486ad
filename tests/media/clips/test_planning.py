"""What is cut, from moments and scenes to ffmpeg's words: no file is read or written."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from media.captions.domain.cues import Cue
from media.clips.captions import MOST_LINES, broken, captions
from media.clips.drawing import caption_face, name_lines, overlay
from media.clips.plan import CARD_S, Cut, Drawn, Source, overlay_list, part_of_playlist, plan
from media.clips.scenes import Scenes, Shown, Speaker, Stretch, scenes_of
from media.clips.shapes import SIZES, Band, Shape, arrange
from media.clips.source import listed
from media.clips.times import frame_at, frame_ms, parse_ms, written
from media.egress.artwork import STAGE
from media.egress.hls import Segment
from media.egress.layout import Box
from media.plane import Content, Plate
from tests.media.egress.kit import at_us, program

PLATES = {"a": Plate(name="Nguyễn Thị Hạnh", caption="Báo cáo viên")}
DECK = Content(kind="deck", image="/pages/1.png")
SEGMENTS = tuple(Segment(f"seg-{number:05d}.m4s", 2.0, "init.mp4") for number in range(1, 3601))
SOURCE = Source(Path("/data/recordings/abc/hls"), SEGMENTS, 1280, 720, 25, 0.0, has_sound=True)
FOLDER = Path("/data/recordings/abc/clips/xyz/.clip.one.part")
WHOLE = Box(0, 0, 1280, 720)
HANH = Speaker(WHOLE, "Nguyễn Thị Hạnh", "Báo cáo viên")


@pytest.mark.parametrize(
    ("text", "ms"),
    [("0:04:09.280", 249_280), ("4:09,28", 249_280), ("75.5", 75_500), ("1:00:00", 3_600_000), ("90:00", 5_400_000)],
)
def test_a_moment_is_read_as_people_write_it(text: str, ms: int) -> None:
    assert parse_ms(text) == ms
    assert parse_ms(written(ms)) == ms


@pytest.mark.parametrize("text", ["", "x", "1:60", "0:61:00", "-1", "1:2:3:4", "1:00.1234", "99999999", "1:00:00 giờ"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_ms(text) is None


@pytest.mark.parametrize("fps", [12, 24, 25, 30, 50, 60])
def test_a_frame_is_found_again_by_its_rounded_moment(fps: int) -> None:
    assert [frame_at(frame_ms(frame, fps), fps) for frame in range(1000)] == list(range(1000))


def scenes() -> Scenes:
    programs = [
        (at_us(0), program(1, state="waiting")),
        (at_us(4), program(2, speaker="a", plates=PLATES)),
        (at_us(6.01), program(3, speaker="a", plates=PLATES, voices=("b",))),
        (at_us(8.01), program(4, speaker="a", plates=PLATES, content=DECK)),
        (at_us(9), program(5, speaker="a", plates=PLATES, content=Content(kind="screen", peer="b"))),
    ]
    return scenes_of(programs, 1280, 720, lambda path: (1600, 900))


def test_scenes_change_only_with_what_is_seen_and_come_back_from_their_file() -> None:
    found = scenes()
    assert [at for at, _shown in found.entries] == [0, 4_000_000, 8_010_000, 9_000_000]
    words, alone, deck, screen = (shown for _at, shown in found.entries)
    assert (words.speakers, words.content) == ((), None)
    assert (alone.speakers, alone.name, alone.inside) == ((HANH,), "Nguyễn Thị Hạnh", True)
    assert deck.content is not None and deck.content.width * 9 == pytest.approx(deck.content.height * 16, abs=24)
    assert screen.content is not None and screen.content.height > deck.content.height, "a screen's shape is not known: all of it"
    assert Scenes.decode(found.encode()) == found


def test_stretches_begin_at_the_first_frame_at_or_after_a_change() -> None:
    stretches = scenes().stretches(90, 226, 25)
    assert [(stretch.first, stretch.end) for stretch in stretches] == [(90, 100), (100, 201), (201, 225), (225, 226)]
    assert [(stretch.first, stretch.end) for stretch in scenes().stretches(120, 130, 25)] == [(120, 130)]


ALONE = Shown((HANH,), None, inside=True)
BESIDE = Shown((Speaker(Box(982, 92, 280, 156), "Nguyễn Thị Hạnh", "Báo cáo viên"),), Box(18, 94, 946, 532))
NAMES = ("Nguyễn Thị Hạnh", "Điểm cầu huyện Châu Thành", "Trần Đức Lương", "Lê Thị Ngọc Ẩn")


def together(count: int, **fields: object) -> Shown:
    """So many speakers as the recorder shows them, the last one unnamed."""
    peers = "abcd"[:count]
    plates = {peer: Plate(name=name) for peer, name in zip(peers, NAMES[: count - 1], strict=False)}
    shown = program(1, speaker="a", beside=tuple(peers[1:]), plates=plates, **fields)
    return scenes_of([(at_us(0), shown)], 1280, 720, lambda path: (1600, 900)).entries[0][1]


TOGETHER = [together(2), together(3), together(4), together(2, content=DECK)]
KINDS = [ALONE, BESIDE, Shown(), Shown((), WHOLE), None, *TOGETHER]


@pytest.mark.parametrize(("shown", "shape"), list(itertools.product(KINDS, Shape)))
def test_every_tile_is_even_inside_and_undistorted(shown: Shown | None, shape: Shape) -> None:
    width, height = SIZES[shape]
    arrangement = arrange(shown, 1280, 720, shape)
    assert arrangement.tiles
    for tile in arrangement.tiles:
        for box, across, down in ((tile.crop, 1280, 720), (tile.place, width, height)):
            assert all(value % 2 == 0 for value in (box.x, box.y, box.width, box.height))
            assert box.x >= 0 and box.y >= 0 and box.x + box.width <= across and box.y + box.height <= down
        assert tile.crop.width / tile.crop.height == pytest.approx(tile.place.width / tile.place.height, rel=0.03)
    for one, other in itertools.combinations((tile.place for tile in arrangement.tiles), 2):
        assert one.x + one.width <= other.x or other.x + other.width <= one.x or one.y + one.height <= other.y


def test_the_speaker_fills_the_square_and_the_upright_shape() -> None:
    for shape in (Shape.SQUARE, Shape.TALL):
        (tile,) = arrange(ALONE, 1280, 720, shape).tiles
        assert (tile.place.width, tile.place.height) == SIZES[shape]
        assert abs(tile.crop.x + tile.crop.width / 2 - 640) <= 2
        (band,) = arrange(ALONE, 1280, 720, shape).bands
        assert band.speaker is HANH, "the name that the crop cuts is set anew"


def test_content_stands_above_the_speaker() -> None:
    for shape in (Shape.SQUARE, Shape.TALL):
        content, speaker = arrange(BESIDE, 1280, 720, shape).tiles
        assert content.place.y + content.place.height <= speaker.place.y
        assert (content.crop, speaker.crop) == (BESIDE.content, BESIDE.speakers[0].box)


@pytest.mark.parametrize(("shown", "shape"), list(itertools.product(TOGETHER, (Shape.SQUARE, Shape.TALL))))
def test_every_speaker_has_the_own_name_and_none_is_in_the_way(shown: Shown, shape: Shape) -> None:
    width, height = SIZES[shape]
    arrangement = arrange(shown, 1280, 720, shape)
    tiles = [tile for tile in arrangement.tiles if tile.crop != shown.content]
    assert [tile.crop for tile in tiles] == [speaker.box for speaker in shown.speakers], "who has the floor stands above"
    assert all(one.place.y + one.place.height <= two.place.y for one, two in itertools.pairwise(tiles))
    assert [band.speaker for band in arrangement.bands] == [speaker for speaker in shown.speakers if speaker.name]
    assert len(arrangement.bands) == len(shown.speakers) - 1
    face, _most = caption_face(width, height)
    captions_top = arrangement.words_bottom - MOST_LINES * (face.line_px + 2)
    for band, tile in zip(arrangement.bands, tiles, strict=False):
        beside = band.box.x == tile.place.x + tile.place.width + 4 and band.box.y == tile.place.y
        under = band.box.x == tile.place.x and band.box.y == tile.place.y + tile.place.height
        assert beside or under
    placed = [band.box for band in arrangement.bands] + [tile.place for tile in arrangement.tiles]
    for box in placed:
        assert box.x >= 0 and box.y >= 0 and box.x + box.width <= width and box.y + box.height <= captions_top
    for one, other in itertools.combinations(placed, 2):
        apart = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y


@pytest.mark.parametrize("shape", [Shape.SQUARE, Shape.TALL])
def test_names_are_drawn_in_their_bands_whole_and_in_one_size(shape: Shape) -> None:
    width, height = SIZES[shape]
    for shown in TOGETHER:
        bands = arrange(shown, 1280, 720, shape).bands
        drawn = overlay(width, height, bands, (), height)
        left = drawn.copy()
        for band in bands:
            box = (band.box.x, band.box.y, band.box.x + band.box.width, band.box.y + band.box.height)
            assert drawn.crop(box).convert("RGB").getcolors(1 << 20) != [(band.box.width * band.box.height, STAGE)]
            left.paste((0, 0, 0, 0), box)
        assert left.getbbox() is None, "nothing is drawn outside"
        other = [Band(band.box, Speaker(band.speaker.box, "Khác")) for band in bands]
        assert drawn.tobytes() != overlay(width, height, other, (), height).tobytes()


def test_a_name_that_is_long_takes_smaller_letters_before_it_is_cut() -> None:
    whole = "Điểm cầu Ủy ban nhân dân huyện Châu Thành"
    for shown, shape in itertools.product(TOGETHER, (Shape.SQUARE, Shape.TALL)):
        for band in arrange(shown, 1280, 720, shape).bands:
            _face, lines = name_lines(Band(band.box, Speaker(band.speaker.box, whole)))
            assert " ".join(lines) == whole


def test_words_alone_stay_whole() -> None:
    (tile,) = arrange(Shown(), 1280, 720, Shape.TALL).tiles
    assert tile.crop == WHOLE
    assert tile.place.width == 720


def test_long_cues_are_split_and_none_stands_under_another() -> None:
    text = " ".join(["chuyển đổi số"] * 12)
    cues = [Cue(2_000, 8_000, text), Cue(7_500, 9_000, "Xin cảm ơn"), Cue(20_000, 21_000, "sau đoạn")]
    found = captions(cues, first=25, end=300, fps=25, width_of=len, width_px=42)
    assert all(len(caption.lines) <= 2 and max(map(len, caption.lines)) <= 42 for caption in found)
    assert all(one.end <= two.first for one, two in itertools.pairwise(found))
    assert found[0].first == 25, "a second after the clip's beginning"
    assert (found[-1].lines, found[-1].end) == (("Xin cảm ơn",), 200)
    assert " ".join(line for caption in found[:-1] for line in caption.lines) == text


def test_lines_break_between_words() -> None:
    assert broken("một hai ba bốn", len, 7) == ["một hai", "ba bốn"]
    assert broken("một nghiêng hai", len, 4) == ["một", "nghi", "êng", "hai"]


@pytest.mark.parametrize("shape", Shape)
def test_no_line_is_wider_than_its_room_also_where_there_are_no_spaces(shape: Shape) -> None:
    face, most = caption_face(*SIZES[shape])
    address = "https://chuyendoiso.example.vn/hoi-nghi/truc-tuyen/tai-lieu/2026/" + "nghị-quyết-57-NQ/TW/" * 9
    for text in (address, f"Xem tại {address} nhé", "Đ" * 2_000, "x" * 100):
        lines = broken(text, face.width, most)
        assert max(map(face.width, lines)) <= most and "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert len(lines) <= 2 * face.width(text) / most + 3, "and none is broken earlier than it must be"
        shown = captions([Cue(0, 60_000, text)], first=0, end=1500, fps=25, width_of=face.width, width_px=most)
        for caption in shown:
            left, _top, right, _bottom = overlay(*SIZES[shape], (), caption.lines, 600).getbbox() or (0, 0, 0, 0)
            assert 0 < left < right < SIZES[shape][0]


def test_text_without_spaces_is_broken_between_letters_and_marks_stay_with_theirs() -> None:
    assert broken("数字化转型是全系统的任务", len, 5) == ["数字化转型", "是全系统的", "任务"]
    assert broken("ư\u0306ê\u0306ô\u0306", len, 3) == ["ư\u0306", "ê\u0306", "ô\u0306"]
    assert broken("e\u0306\u0323\u0306", len, 2) == ["e\u0306\u0323\u0306"]


def test_only_the_segments_around_the_cut_are_read() -> None:
    text = part_of_playlist(SOURCE, Cut(25 * 3600, 25 * 3615, Shape.WIDE, "x"))
    names = [line.rsplit("/", 1)[-1] for line in text.splitlines() if not line.startswith("#")]
    assert names == [f"seg-{number:05d}.m4s" for number in range(1800, 1809)]
    assert '#EXT-X-MAP:URI="/data/recordings/abc/hls/init.mp4"' in text


def test_a_playlist_is_read_whoever_wrote_it() -> None:
    head = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="init.mp4"\n'
    text = head + '#EXTINF:2.000000,\nseg-00000.m4s\n#EXT-X-MAP:URI="init-2.mp4"\n#EXTINF:0.5,\nseg-00001.m4s\n#EXT-X-ENDLIST\n'
    assert listed(text) == (Segment("seg-00000.m4s", 2.0, "init.mp4"), Segment("seg-00001.m4s", 0.5, "init-2.mp4"))


def test_pictures_are_listed_with_their_frames() -> None:
    assert overlay_list([(Path("/a/1.png"), 50), (Path("/a/2.png"), 5)], 25).splitlines() == [
        "ffconcat version 1.0",
        "file '/a/1.png'", "option framerate 25", "duration 2.000000",
        "file '/a/2.png'", "option framerate 25", "duration 0.200000",
    ]  # fmt: skip


def test_ffmpeg_is_told_word_for_word() -> None:
    cut = Cut(100, 400, Shape.TALL, "Điểm  nhấn")
    work = plan(SOURCE, cut, [Stretch(100, 400, ALONE)], Drawn(), FOLDER)
    part = "/data/recordings/abc/clips/xyz/.clip.one.part"
    assert list(work.argv) == [
        "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", "-y", "-copyts",
        "-i", f"{part}/source.m3u8", "-filter_complex",
        "[0:v]trim=end=15.980000:start=3.980000[s0];[s0]setpts=PTS-STARTPTS[s1];[s1]crop=404:720:438:0[s2];"
        "[s2]scale=720:1280:flags=lanczos[s3];[s3]pad=720:1280:0:0:color=0x0d0e0f[s4];[s4]setsar=1[s5];"
        "[s5]format=yuv420p[s6];[s6]split=2[s7][s8];"
        "[0:a]atrim=end=16.000000:start=4.000000[s9];[s9]asetpts=PTS-4.000000/TB[s10];"
        "[s10]aresample=48000:async=1:first_pts=0[s11];[s11]loudnorm=i=-16:lra=11:tp=-1.5[s12];[s12]aresample=48000[s13];"
        "[s13]apad=whole_dur=12.000000[s14];[s14]atrim=end=12.000000[s15];[s15]afade=d=0.01:t=in[s16];"
        "[s16]afade=d=0.01:st=11.990000:t=out[s17];[s8]trim=end_frame=26:start_frame=25[s18];[s18]setpts=PTS-STARTPTS[s19]",
        "-map", "[s7]", "-map", "[s17]", "-ac", "2", "-ar", "48000", "-b:a", "128k", "-bufsize", "3200k", "-c:a", "aac",
        "-c:v", "libx264", "-color_primaries", "smpte170m", "-color_range", "tv", "-color_trc", "smpte170m",
        "-colorspace", "smpte170m", "-crf", "21", "-g", "50", "-map_metadata", "-1", "-maxrate", "3200k",
        "-metadata", "title=Điểm nhấn", "-movflags", "+faststart", "-pix_fmt", "yuv420p", "-preset", "veryfast",
        "-profile:v", "high", f"{part}/made/clip.mp4",
        "-map", "[s19]", "-frames:v", "1", "-q:v", "3", "-update", "1", f"{part}/made/poster.jpg",
    ]  # fmt: skip
    assert (work.file, work.duration_s) == (FOLDER / "made" / "clip.mp4", 12.0)


def test_card_names_and_several_stretches_are_joined() -> None:
    cut = Cut(0, 300, Shape.SQUARE, "x")
    stretches = [Stretch(0, 100, ALONE), Stretch(100, 300, BESIDE)]
    drawn = Drawn(Path("/art/card.png"), Path("/art/over.ffconcat"))
    work = plan(SOURCE, cut, stretches, drawn, FOLDER)
    words = " ".join(work.argv)
    assert "concat=a=0:n=2:v=1" in words and words.count("overlay=") == 2
    assert "adelay=all=1:delays=2000" in words
    assert work.duration_s == CARD_S + 12
