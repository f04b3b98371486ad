"""A whole recording, composed once from a synthetic capture; each test looks at one thing in it."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from media.capture import RTP
from media.egress.run import Job, World, run
from media.plane import Content, Plate
from tests.media.egress.kit import (
    BLUE,
    GREEN,
    GREY,
    RECORDING,
    RED,
    WHITE,
    Composed,
    at_us,
    camera,
    capture_folder,
    microphone,
    near,
    program,
    shuffled,
    tone,
    watch,
    write_program,
)  # fmt: skip
from tests.support.hls_check import check_folder

HEIGHT = 360
PLATES = {"aaa": Plate(name="Nguyễn Thị Hạnh", caption="Báo cáo viên"), "bbb": Plate(name="Huyện Giồng Riềng")}
STAGE = (13, 14, 15)
QUIET = np.zeros(48_000, np.float32)


def compose(data: Path, **job: Any) -> list[dict[str, object]]:
    told: list[dict[str, object]] = []
    world = World(lambda: at_us(10_000), lambda seconds: None, told.append)
    assert run(Job(data, RECORDING, **({"height": HEIGHT} | job)), world)
    written = [event["segments"] for event in told if event["event"] == "progress"]
    assert written == list(range(min(written, default=0), max(written, default=-1) + 1)), "each segment is told once"
    return [event for event in told if event["event"] != "progress"]


def hls(data: Path) -> Path:
    return data / "recordings" / RECORDING / "hls"


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Slate 0–1 s; aaa alone 1–4 s (flash and beep at 3 s); deck beside bbb 4–6 s; break 6–7 s; bbb's screen beside aaa 7–9 s;
    aaa alone, without a picture any more, 9–14 s; the end at 14.3 s."""
    data = tmp_path_factory.mktemp("morning")
    folder = capture_folder(data)
    page = data / "page.png"
    Image.new("RGB", (1600, 900), BLUE).save(page)
    deck = Content(kind="deck", image=str(page))
    write_program(
        folder,
        (0, program(1, state="waiting", note="Phiên họp sắp bắt đầu")),
        (1, program(2, speaker="aaa", voices=("aaa",), plates=PLATES)),
        (4, program(3, speaker="bbb", voices=("aaa", "bbb"), content=deck, plates=PLATES)),
        (6, program(4, state="break", note="Giải lao")),
        (7, program(5, speaker="aaa", voices=("bbb",), content=Content(kind="screen", peer="bbb"), plates=PLATES)),
        (9, program(6, speaker="aaa", voices=(), plates=PLATES)),
        (14.3, program(7, state="ended")),
    )
    reports = [0.6, 1.2, 2.5, 3.5]
    flash = lambda moment: WHITE if 3 <= moment < 3.2 else RED  # noqa: E731
    camera("aaa", 0.52, 9, flash, reports=reports, delay_s=0.04).write(folder, mangle=shuffled)
    beep = np.concatenate([tone(2.5, level=0.0), tone(0.2, 1000), tone(6, level=0.0)])
    microphone("aaa", 0.5, beep, reports=reports, delay_s=0.24).write(folder)
    camera("bbb", 3.5, 9, lambda moment: GREEN, size=(480, 360), reports=[4]).write(folder)
    microphone("bbb", 3.5, tone(6, 400, 0.3), reports=[4]).write(folder)
    camera("bbb", 6.5, 9, lambda moment: WHITE, kind="screen", reports=[7]).write(folder)
    told = compose(data)
    assert told == [{"event": "started", "zero_ms": at_us(0) // 1000}, {"event": "finished", "duration_ms": 14_320}]
    return data


@pytest.fixture(scope="module")
def seen(morning: Path) -> Composed:
    return watch(hls(morning))


def test_the_timeline_is_whole(seen: Composed) -> None:
    assert len(seen.images) == 358
    assert np.allclose(np.diff(seen.image_times), 0.04, atol=1e-4)
    assert seen.image_times[0] == 0
    assert seen.sound_begin_s == 0
    assert len(seen.sound) / 48_000 == pytest.approx(14.32, abs=0.03)


def test_the_playlist_lists_segments_of_two_seconds_and_ends(morning: Path) -> None:
    lines = (hls(morning) / "index.m3u8").read_text().splitlines()
    assert [line for line in lines if line.startswith("#EXTINF")] == ["#EXTINF:2.000000,"] * 7 + ["#EXTINF:0.320000,"]
    assert lines[-1] == "#EXT-X-ENDLIST"
    assert lines.count('#EXT-X-MAP:URI="init.mp4"') == 1
    assert not list(hls(morning).glob("*.part"))


def test_the_playlist_and_its_segments_are_right(morning: Path) -> None:
    assert check_folder(hls(morning), fps=25) == []


def test_the_status_says_that_it_is_done(morning: Path) -> None:
    status = json.loads((hls(morning).parent / "recording.json").read_text())
    assert status == {
        "state": "done", "zero_ms": at_us(0) // 1000, "duration_ms": 14_320, "height": HEIGHT, "fps": 25,
        "codecs": status["codecs"],
    }  # fmt: skip
    assert status["codecs"].startswith("avc1.6400")


def test_every_segment_begins_with_a_keyframe_at_its_time(morning: Path) -> None:
    init = (hls(morning) / "init.mp4").read_bytes()
    for number in range(1, 8):
        with av.open(io.BytesIO(init + (hls(morning) / f"seg-{number:05d}.m4s").read_bytes()), format="mp4") as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
            assert packets[0].is_keyframe
            assert float((packets[0].pts or 0) * (packets[0].time_base or 0)) == pytest.approx(2 * (number - 1))
            assert len(packets) == 50


def test_waiting_and_break_show_the_slate(seen: Composed) -> None:
    for moment in (0.5, 6.6):
        image = seen.image(moment)
        assert near(seen.colour(moment, 0.05, 0.05), STAGE)
        assert image.max() > 200, "there are letters"
        assert (image.astype(int).mean(axis=2) > 60).mean() < 0.2, "on a dark ground"


def test_the_speaker_alone_fills_the_picture_with_a_plate(seen: Composed) -> None:
    assert near(seen.colour(2, 0.5, 0.4), RED)
    assert near(seen.colour(2, 0.98, 0.02), RED)
    plate = seen.image(2)[130:175, 10:110]
    assert plate.max(axis=2).max() > 200
    assert (plate.sum(axis=2) < 200).mean() > 0.3, "letters on a dark band"


def test_the_page_stands_beside_the_speaker_in_its_own_shape(seen: Composed) -> None:
    assert near(seen.colour(5, 0.4, 0.5), BLUE)
    assert near(seen.colour(5, 0.87, 0.2), GREEN)
    row = seen.image(5)[int(180 * 0.2)]
    green = (row[:, 1] > 150) & (row[:, 0] < 100)
    column = seen.image(5)[:, int(320 * 0.87)]
    tall = (column[:, 1] > 150) & (column[:, 0] < 100)
    assert green.sum() / tall.sum() == pytest.approx(4 / 3, abs=0.12), "a 4:3 camera stays 4:3"


def test_the_screen_stands_beside_the_speaker(seen: Composed) -> None:
    assert near(seen.colour(8, 0.4, 0.5), WHITE)
    assert near(seen.colour(8, 0.87, 0.2), RED)


def test_a_camera_that_is_gone_gives_way_to_a_name_card(seen: Composed) -> None:
    assert near(seen.colour(12, 0.5, 0.4), RED), "held for a while"
    assert not near(seen.colour(13.8, 0.2, 0.2), RED)
    assert seen.colour(13.8, 0.2, 0.2) != STAGE


def test_only_named_voices_are_heard(seen: Composed) -> None:
    assert seen.level(0.2, 2.9) < 0.005
    assert seen.level(4.2, 5.9) == pytest.approx(0.3 / 2**0.5, rel=0.1)
    assert seen.level(6.2, 6.9) < 0.01, "nobody is heard in a break"
    assert seen.level(7.2, 8.9) == pytest.approx(0.3 / 2**0.5, rel=0.1)
    assert seen.level(9.2, 9.5) < 0.005, "the floor was taken away"


def test_sound_and_picture_are_aligned_though_they_travelled_differently(seen: Composed) -> None:
    bright = [
        moment for moment, image in zip(seen.image_times, seen.images, strict=True) if image[60, 160].min() > 200 and moment < 4
    ]
    loud = np.flatnonzero(np.abs(seen.sound) > 0.1)[0] / 48_000
    assert bright[0] == pytest.approx(3.05, abs=0.041)
    assert loud == pytest.approx(3.04, abs=0.02)
    assert len(bright) == 5


def test_voices_come_and_go_without_a_click(seen: Composed) -> None:
    step = np.abs(np.diff(seen.sound[int(3.9 * 48_000) : int(9.5 * 48_000)]))
    assert step.max() < 0.03


def test_it_is_done_once_only(morning: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in hls(morning).iterdir()}
    assert [event["event"] for event in compose(morning)] == ["started", "finished"]
    assert {path.name: path.stat().st_mtime_ns for path in hls(morning).iterdir()} == before


def test_lost_packets_hold_the_last_picture_and_never_show_garbage(tmp_path: Path) -> None:
    folder = capture_folder(tmp_path)
    write_program(folder, (0, program(1, speaker="aaa", voices=("aaa",))), (4, program(2, state="ended")))

    def lossy(rows: list[Any]) -> list[Any]:
        lost = {index for index, row in enumerate(r for r in rows if r[1] == RTP) if 40 <= index < 44 or 130 <= index < 136}
        packets = iter(range(len(rows)))
        return [row for row in rows if row[1] != RTP or next(packets) not in lost]

    shades = lambda moment: (int(60 + 30 * moment), 90, 90)  # noqa: E731
    camera("aaa", 0, 4, shades, key_every=30, reports=[0.5]).write(folder, mangle=lossy)
    microphone("aaa", 0, tone(4), reports=[0.5]).write(folder, mangle=lossy)
    compose(tmp_path)
    result = watch(hls(tmp_path))
    reds = [result.colour(moment, 0.5, 0.5)[0] for moment in np.arange(0.3, 3.9, 0.04)]
    for moment in np.arange(0.3, 3.9, 0.04):
        _, green, blue = result.colour(moment, 0.5, 0.5)
        assert abs(green - 90) < 25, "neither green nor grey"
        assert abs(blue - 90) < 25
    assert min(np.diff(reds)) > -6, "never back to an older picture"
    assert result.level(0.5, 3.5) > 0.25


def test_a_damaged_capture_is_used_up_to_the_damage(tmp_path: Path) -> None:
    folder = capture_folder(tmp_path)
    write_program(folder, (0, program(1, speaker="aaa")), (3, program(2, state="ended")))
    path = camera("aaa", 0, 3, lambda moment: RED, size=(320, 180)).write(folder)
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0xFF
    path.write_bytes(bytes(body))
    (folder / "zzz-camera-0.cap").write_bytes(b"no capture at all")
    told = compose(tmp_path)
    assert {"event": "warning", "code": "capture.damaged", "file": path.name} in told
    assert near(watch(hls(tmp_path)).colour(1, 0.5, 0.5), RED)


def test_an_end_that_was_never_written_is_the_last_packet(tmp_path: Path) -> None:
    folder = capture_folder(tmp_path)
    write_program(folder, (0, program(1, speaker="aaa")))
    camera("aaa", 0, 2.4, lambda moment: GREY, size=(320, 180), delay_s=0).write(folder)
    told = compose(tmp_path, closed=True)
    assert told[-1]["event"] == "finished"
    assert told[-1]["duration_ms"] == pytest.approx(2400, abs=80)


def test_the_best_layer_that_lives_is_shown(tmp_path: Path) -> None:
    """Three simulcast layers; the highest stops at 2 s (a poor uplink), the lower ones go on."""
    folder = capture_folder(tmp_path)
    write_program(folder, (0, program(1, speaker="aaa")), (6, program(2, state="ended")))
    camera("aaa", 0, 6, lambda moment: BLUE, size=(160, 90), rid="q", key_every=25).write(folder)
    camera("aaa", 0, 6, lambda moment: GREEN, size=(320, 180), rid="h", key_every=25).write(folder)
    camera("aaa", 0, 2, lambda moment: RED, size=(640, 360), rid="f", key_every=25).write(folder)
    compose(tmp_path)
    result = watch(hls(tmp_path))
    assert near(result.colour(1.5, 0.5, 0.5), RED)
    assert near(result.colour(4.5, 0.5, 0.5), GREEN)


def test_a_reconnection_goes_on_with_the_new_track(tmp_path: Path) -> None:
    folder = capture_folder(tmp_path)
    write_program(folder, (0, program(1, speaker="aaa", voices=("aaa",))), (5, program(2, state="ended")))
    camera("aaa", 0, 2, lambda moment: RED, size=(320, 180), reports=[0.5]).write(folder)
    microphone("aaa", 0, tone(2)).write(folder)
    camera("aaa", 3, 5, lambda moment: GREEN, size=(320, 180), number=1, sender_ahead_s=-7.0, reports=[3.1]).write(folder)
    microphone("aaa", 3, tone(2), number=1, sender_ahead_s=-7.0, first_timestamp=5, reports=[3.1]).write(folder)
    compose(tmp_path)
    result = watch(hls(tmp_path))
    assert near(result.colour(2.5, 0.5, 0.5), RED)
    assert near(result.colour(4.5, 0.5, 0.5), GREEN)
    assert result.level(2.3, 2.9) < 0.01
    assert result.level(3.3, 4.8) > 0.25


def test_a_page_that_cannot_be_read_leaves_the_speaker_alone_until_it_can(tmp_path: Path) -> None:
    folder = capture_folder(tmp_path)
    (tmp_path / "page.png").write_bytes(b"no picture")
    deck = Content(kind="deck", image=str(tmp_path / "page.png"))
    write_program(folder, (0, program(1, speaker="aaa", content=deck)), (2, program(2, state="ended")))
    camera("aaa", 0, 2, lambda moment: RED, size=(320, 180)).write(folder)
    compose(tmp_path)
    assert near(watch(hls(tmp_path)).colour(1, 0.1, 0.5), RED)


def test_an_older_height_is_kept_when_it_goes_on(morning: Path, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(morning, data)
    folder = hls(data).parent
    status = json.loads((folder / "recording.json").read_text()) | {"state": "live"}
    (folder / "recording.json").write_text(json.dumps(status))
    lines = (hls(data) / "index.m3u8").read_text().splitlines()
    (hls(data) / "index.m3u8").write_text("\n".join(lines[: lines.index("seg-00006.m4s") + 1]) + "\n")
    compose(data, height=720)
    assert (hls(data) / "init.mp4").read_bytes() == (hls(morning) / "init.mp4").read_bytes()
    assert len(watch(hls(data)).images) == 358


def test_the_picture_does_not_change_before_the_next_one_is_there(tmp_path: Path) -> None:
    """When the floor moves, the new speaker's first keyframe takes a moment; no name card flashes up meanwhile."""
    folder = capture_folder(tmp_path)
    write_program(folder, (0, program(1, speaker="aaa")), (2, program(2, speaker="bbb")), (4, program(3, state="ended")))
    camera("aaa", 0, 2.2, lambda moment: RED, size=(320, 180)).write(folder)
    camera("bbb", 2.3, 4, lambda moment: GREEN, size=(320, 180)).write(folder)
    compose(tmp_path)
    result = watch(hls(tmp_path))
    colours = [result.colour(moment, 0.5, 0.5) for moment in np.arange(0.5, 3.9, 0.04)]
    assert all(near(colour, RED) or near(colour, GREEN) for colour in colours)
    assert near(result.colour(2.2), RED)
    assert near(result.colour(2.5), GREEN)
