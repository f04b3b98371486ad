"""From a file to a recording, with the real ffmpeg: what is refused and why, and what becomes of each kind that is taken."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import av
import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse
from PIL import Image

from conference.domain.program import State as SessionState
from conference.planning import session_lists
from conference.services.program import go_to
from core.clock import now
from core.errors import Conflict
from media import tasks
from media.egress.hls import read_playlist
from media.egress.status import read_status
from media.keeping import services as keeping
from media.keeping.sweep import erase
from media.models import Recording
from media.queue import INGEST, RENDER, RENDER_PART
from media.upload import jobs, services, store
from media.upload.models import Upload
from media.upload.selectors import progress_of
from media.upload.sweep import sweep
from media.upload.targets import target_of
from media.vod import jobs as vod
from media.vod.run import Outcome
from media.vod.sweep import sweep as sweep_recordings
from media.work.kinds import wake_next
from tests.factories.conference import Cast, make_cast
from tests.factories.media import make_recording
from tests.support.clips import cut, ffmpeg, film, sound
from tests.support.recording import Film, loudest_hz

pytestmark = [pytest.mark.django_db, pytest.mark.media]
U, R = Upload.State, Recording.State


@pytest.fixture
def cast(data_dir: Path) -> Cast:
    return make_cast(state=SessionState.ENDED, planned_start=now() - dt.timedelta(days=1))


def given(cast: Cast, file: Path, name: str | None = None) -> Upload:
    """An upload whose file is here as a whole."""
    upload = Upload.objects.create(
        session=cast.session.public_id, title="Hội nghị quán triệt", by=cast.technician, file_name=name or file.name,
        size=file.stat().st_size, state=U.CHECKING,
    )  # fmt: skip
    upload.folder.mkdir(parents=True)
    shutil.copyfile(file, upload.folder / store.ORIGINAL)
    return upload


def ingested(upload: Upload) -> Upload:
    jobs.ingest(upload.public_id)
    upload.refresh_from_db()
    return upload


def recording_of(cast: Cast) -> Recording:
    cast.session.refresh_from_db()
    return Recording.objects.get(public_id=cast.session.recording_id)


# What is refused ----------------------------------------------------------------------------------------------------------------


def make_bad(folder: Path, kind: str) -> Path:
    """A file that no recording can be made of."""
    endings = {"cut mkv": "mkv", "hollow mkv": "mkv", "subtitles alone": "mkv", "cut mp3": "mp3", "rubbish inside": "mp3"}
    path = folder / f"a.{endings.get(kind, 'mp4')}"
    match kind:
        case "webm called mp4":
            film(folder / "a.webm", "-c:v", "libvpx", "-b:v", "200k", "-deadline", "realtime", tone=False, seconds=1).rename(path)
        case "text":
            path.write_text("Biên bản hội nghị\n" * 50)
        case "playlist":
            path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{folder}/secret.ts\n#EXT-X-ENDLIST\n")
        case "slides":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("[Content_Types].xml", "<Types/>")
                archive.writestr("ppt/presentation.xml", "<p/>")
        case "picture":
            Image.new("RGB", (64, 64)).save(path, format="JPEG")
        case "empty":
            path.touch()
        case "cut mp4" | "mp4 without its index":
            cut(film(path, *(["-movflags", "+faststart"] if kind == "cut mp4" else [])), 0.7)
        case "cut mkv":
            cut(film(path), 0.7)
        case "cut mp3":
            cut(sound(path, seconds=20), 0.5)
        case "subtitles alone":
            (folder / "a.srt").write_text("1\n00:00:00,000 --> 00:00:05,000\nXin chào\n")
            ffmpeg("-i", str(folder / "a.srt"), str(path))
        case "hollow mkv":  # two pictures, the second one seven hours later
            film(path, "-vf", "setpts=N*25200/TB", "-vsync", "vfr", "-frames:v", "2", size="64x48", rate="1", tone=False)
        case "rubbish inside":
            path.write_bytes(b"ID3\x03\0\0\0\0\0\0" + bytes(20_000))
    return path


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("webm called mp4", "upload.wrong_name", "Tệp có đuôi .mp4 nhưng nội dung là MKV/WebM"),
        ("text", "upload.wrong_content", "nội dung là tệp văn bản"),
        ("playlist", "upload.wrong_content", "danh sách địa chỉ phát"),
        ("slides", "upload.wrong_content", "Tệp có đuôi .mp4 nhưng nội dung là bản trình chiếu"),
        ("picture", "upload.wrong_content", "nội dung là tệp ảnh"),
        ("empty", "upload.empty", "Tệp trống"),
        ("cut mp4", "upload.cut_short", "bị cắt cụt"),
        ("mp4 without its index", "upload.cut_short", "bị cắt cụt"),
        ("cut mkv", "upload.cut_short", "bị cắt cụt"),
        ("cut mp3", "upload.cut_short", "bị cắt cụt"),
        ("subtitles alone", "upload.no_streams", "không có hình hoặc tiếng"),
        ("hollow mkv", "upload.hollow", "không có cả hình lẫn tiếng"),
        ("rubbish inside", "upload.damaged", "bị hỏng"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_in_words_and_deleted(
    cast: Cast, tmp_path: Path, kind: str, code: str, words: str, django_capture_on_commit_callbacks: Any
) -> None:
    upload = given(cast, make_bad(tmp_path, kind))
    with django_capture_on_commit_callbacks(execute=True):
        ingested(upload)
    assert (upload.state, upload.error_code) == (U.REFUSED, code)
    assert words in progress_of(upload).trouble
    assert not upload.folder.exists() and not upload.recording_folder.exists()
    assert not Recording.objects.exists()


def test_a_playlist_with_a_films_head_reads_no_other_file(cast: Cast, tmp_path: Path) -> None:
    """The first bytes say MP3, so that nothing but the MP3 demuxer opens it, whatever stands behind."""
    path = tmp_path / "a.mp3"
    path.write_bytes(b"ID3\x03\0\0\0\0\0\0" + b"#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n" * 30)
    assert ingested(given(cast, path)).state == U.REFUSED


# What is taken ------------------------------------------------------------------------------------------------------------------


def make_good(folder: Path, kind: str) -> Path:
    match kind:
        case "phone":  # lying in the file, to be shown upright
            film(folder / "lying.mp4", size="320x180", rate="30", seconds=2.5)
            return _turned(folder / "lying.mp4", folder / "a.mov")
        case "uneven":  # 5 s, of which the pictures of second 2 and 3 are missing
            return film(folder / "a.mp4", "-vf", "select='not(between(t,1,3))'", "-vsync", "vfr", "-c:a", "aac", seconds=4)
        case "webm":
            codecs = ("-c:v", "libvpx", "-deadline", "realtime", "-b:v", "300k", "-c:a", "libopus")
            return film(folder / "a.webm", *codecs, size="426x240", seconds=2)
        case "silent mkv":
            return film(folder / "a.mkv", "-pix_fmt", "yuv422p10le", size="322x242", rate="24", tone=False, seconds=2)
        case "bright" | "bright, barely said" | "bright, said oddly":
            colours = {
                "bright": ("-color_trc", "smpte2084", "-color_primaries", "bt2020", "-colorspace", "bt2020nc"),
                "bright, barely said": ("-color_trc", "smpte2084"),
                "bright, said oddly": ("-color_trc", "arib-std-b67", "-color_primaries", "bt2020", "-colorspace", "bt2020c"),
            }[kind]
            return film(folder / "a.mp4", "-pix_fmt", "yuv420p10le", *colours, seconds=1.2)
        case "late":  # 2 s whose time stamps begin an hour late
            film(folder / "early.mkv", seconds=2)
            ffmpeg("-i", str(folder / "early.mkv"), "-c", "copy", "-output_ts_offset", "3600", str(folder / "a.mkv"))
            return folder / "a.mkv"
        case "preview":  # a small slow picture before the real one
            film(folder / "small.mkv", size="64x36", rate="1", tone=False, seconds=2)
            film(folder / "real.mkv", seconds=2)
            both = ("-i", str(folder / "small.mkv"), "-i", str(folder / "real.mkv"), "-map", "0", "-map", "1", "-c", "copy")
            ffmpeg(*both, str(folder / "a.mkv"))
            return folder / "a.mkv"
        case "turned":  # 1 s upright, then 1 s lying
            codecs = ("-c:v", "libvpx", "-deadline", "realtime", "-b:v", "300k", "-c:a", "libopus")
            for name, size in (("one", "180x320"), ("two", "320x180")):
                film(folder / f"{name}.webm", *codecs, size=size, seconds=1)
            (folder / "list").write_text("file one.webm\nfile two.webm\n")
            ffmpeg("-f", "concat", "-i", str(folder / "list"), "-c", "copy", str(folder / "a.webm"))
            return folder / "a.webm"
        case "m4a":
            return sound(folder / "a.m4a", "-ac", "6", seconds=1.2)
        case "combed":
            return film(folder / "a.mkv", "-flags", "+ildct+ilme", "-x264opts", "tff=1", "-c:a", "mp3", seconds=2)
        case _:
            return sound(folder / "a.mp3", seconds=2.2)


def _turned(lying: Path, upright: Path) -> Path:
    """The display matrix of a phone that was held upright (ISO/IEC 14496-12 §8.3.2), put into the file by hand."""
    ffmpeg("-i", str(lying), "-c", "copy", str(upright))
    data = bytearray(upright.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    one = 0x10000
    matrix = (0, one, 0, -one & 0xFFFFFFFF, 0, 0, 180 * one, 0, 0x40000000)
    data[at : at + 36] = b"".join(value.to_bytes(4, "big") for value in matrix)
    upright.write_bytes(data)
    return upright


@pytest.mark.parametrize(
    ("kind", "height", "fps", "seconds", "channels"),
    [
        ("phone", 360, 30, 2.5, 1), ("uneven", 360, 25, 4.0, 1), ("webm", 360, 25, 2.0, 1), ("silent mkv", 360, 25, 2.0, 1),
        ("bright", 360, 25, 1.2, 1), ("bright, barely said", 360, 25, 1.2, 1), ("bright, said oddly", 360, 25, 1.2, 1),
        ("combed", 360, 25, 2.0, 1), ("m4a", 720, 25, 1.2, 2), ("late", 360, 25, 2.0, 1),
        ("preview", 360, 25, 2.0, 1), ("turned", 360, 25, 2.0, 1), ("mp3", 720, 25, 2.2, 1),
    ],
)  # fmt: skip
def test_every_kind_becomes_what_our_own_recorder_leaves(
    cast: Cast, tmp_path: Path, kind: str, height: int, fps: int, seconds: float, channels: int, woken: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    upload = given(cast, make_good(tmp_path, kind))
    with django_capture_on_commit_callbacks(execute=True):
        ingested(upload)
    assert (upload.state, upload.error_code) == (U.DONE, "")
    recording = recording_of(cast)
    assert (recording.state, recording.origin, recording.title) == (R.DONE, Recording.Origin.UPLOAD, "Hội nghị quán triệt")
    assert recording.duration_ms == pytest.approx(seconds * 1000, abs=120)
    assert recording.zero_at is None, "nobody knows when it was"
    assert {task for task, _ in woken} == {RENDER}, "all else follows as for our own"
    assert not upload.folder.exists(), "the original goes"
    assert sorted(path.name for path in recording.folder.iterdir()) == ["hls", "recording.json"]
    status = read_status(recording.folder)
    assert status is not None and (status.state, status.height, status.fps) == ("done", height, fps)
    check_hls(recording, status.codecs, height, fps, channels)
    check_picture(recording.folder / "hls" / "index.m3u8", kind)


def check_hls(recording: Recording, codecs: str, height: int, fps: int, channels: int) -> None:
    """Segments of 2 s that begin with a keyframe, from number 1, ended; constant frame rate; sound as long as the picture."""
    hls = recording.folder / "hls"
    playlist = read_playlist(hls, 0, 2)
    assert playlist.ended and playlist.segments[0].name == "seg-00001.m4s"
    assert playlist.duration_s * 1000 == pytest.approx(recording.duration_ms, abs=50)
    profile = (hls / "init.mp4").read_bytes().split(b"avcC", 1)[1][1:4].hex()
    assert codecs == f"avc1.{profile},mp4a.40.2"
    with av.open(str(hls / "index.m3u8")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.height, video.width, video.codec_context.pix_fmt) == (height, height * 16 // 9 & ~1, "yuv420p")
        assert (audio.codec_context.sample_rate, audio.codec_context.channels) == (48_000, channels)
        packets = [packet for packet in container.demux(video) if packet.pts is not None]
        times = [float(packet.pts * packet.time_base) for packet in packets]
        steps = {round((b - a) * fps, 2) for a, b in itertools.pairwise(times)}
        assert steps == {1.0}
        keys = [round((t - times[0]) * fps) for t, packet in zip(times, packets, strict=True) if packet.is_keyframe]
        assert keys == list(range(0, len(times), 2 * fps))
        assert len(times) == round((recording.duration_ms or 0) * fps / 1000)
    sounds = len(Film(hls / "index.m3u8").sound()) / 48_000
    assert sounds * 1000 == pytest.approx(recording.duration_ms, abs=60)


def check_picture(path: Path, kind: str) -> None:
    """What one sees and hears is what was in the file."""
    whole = Film(path)
    if kind in ("mp3", "m4a"):
        frame = whole.frame(0.5)
        assert frame.max() > 200 and frame.mean() < 60, "light words on the dark stage"
    if kind == "phone":
        frame = whole.frame(1.0)
        assert frame[:, :200].mean() < 3 and frame[:, -200:].mean() < 3, "bars beside the upright picture"
        assert frame[:, 225:415].mean() > 60
    if kind == "turned":
        upright, lying = whole.frame(0.5), whole.frame(1.6)
        assert upright[:, :150].mean() < 3 and lying[:, :150].mean() > 40 and lying[:, -150:].mean() > 40
    if kind == "preview":
        assert abs(whole.frame(0.2) - whole.frame(0.7)).mean() > 1, "it moves"
    if kind.startswith("bright"):
        assert 20 < whole.frame(0.6).mean() < 235
    if kind == "silent mkv":
        assert abs(whole.sound()).max() < 1e-3
    else:
        assert loudest_hz(whole.sound(0.3, 1.0)) == pytest.approx(440, abs=5)
    if kind == "uneven":
        assert abs(whole.frame(1.5) - whole.frame(2.5)).mean() < 1, "the last picture stands while none comes"
        assert abs(whole.frame(2.5) - whole.frame(3.5)).mean() > 1


def test_picture_and_sound_stay_together_also_where_the_sound_begins_later(cast: Cast, tmp_path: Path) -> None:
    """After one second the picture turns white and a tone sets in; the stream of sound begins half a second late."""
    path = tmp_path / "a.mkv"
    ffmpeg(
        "-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=2,drawbox=t=fill:color=white:enable='gte(t,1)'",
        "-itsoffset", "0.5", "-f", "lavfi", "-i", "aevalsrc='if(gte(t,0.5),0.5*sin(2*PI*440*t),0)':s=48000:d=1.5", str(path),
    )  # fmt: skip
    assert ingested(given(cast, path)).state == U.DONE
    playlist = recording_of(cast).folder / "hls" / "index.m3u8"
    with av.open(str(playlist)) as container:
        shown = [(frame.time, frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]
    white_s = next(time for time, light in shown if light > 200)
    sets_in_s = int((abs(Film(playlist).sound()) > 0.1).argmax()) / 48_000
    assert white_s - shown[0][0] == pytest.approx(1.0, abs=0.001)
    assert sets_in_s == pytest.approx(white_s, abs=0.01)


# What goes wrong ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(cast: Cast, tmp_path: Path) -> Upload:
    return given(cast, film(tmp_path / "a.mp4", seconds=1.2))


def test_only_one_worker_gets_it_and_a_dead_ones_goes_to_another(
    small: Upload, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    claim = services.UPLOADS.claim(public_id=small.public_id)
    assert claim is not None and services.UPLOADS.claim(public_id=small.public_id) is None
    sweep()
    assert woken == []
    Upload.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert woken == [(INGEST, small.public_id)]
    again = services.UPLOADS.claim(public_id=small.public_id)
    assert again is not None
    assert not claim.beat(0.5) and again.beat(0.5)


def test_uploads_leave_a_place_to_other_work(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, and whatever is in them: each task calls for the next one while it runs."""
    monkeypatch.setattr(tasks, "wake_next", lambda: None)
    ran: list[str] = []

    def ingest(claim: object, make: object) -> None:
        ran.append("upload")
        for task in (INGEST, RENDER_PART):
            current_app.tasks[task]("nothing")

    def render(claim: object, make: object) -> None:
        ran.append("part")
        for task in (INGEST, RENDER_PART):
            current_app.tasks[task]("nothing")

    monkeypatch.setattr(jobs, "do", ingest)
    monkeypatch.setattr(vod, "do", render)
    current_app.tasks[INGEST]("nothing")
    assert ran == ["upload", "part"], "no other upload, nothing beyond the places"
    ran.clear()
    current_app.tasks[RENDER_PART]("nothing")
    assert ran == ["part", "upload", "part"], "one after the other in the second place"


def test_what_waits_for_a_place_is_woken_when_one_is_free(small: Upload, woken: list[Any]) -> None:
    wake_next()
    assert woken == [(INGEST, small.public_id)]
    assert services.UPLOADS.claim(public_id=small.public_id) is not None
    wake_next()
    assert len(woken) == 1, "somebody works on it"


def test_what_takes_its_worker_along_is_given_up_and_can_be_tried_again(
    small: Upload, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    for _ in range(3):
        assert services.UPLOADS.claim(public_id=small.public_id) is not None
        Upload.objects.update(lease_until=now() - dt.timedelta(seconds=1))
        sweep()
    assert services.UPLOADS.claim(public_id=small.public_id) is None
    small.refresh_from_db()
    assert (small.state, small.error_code) == (U.FAILED, "upload.worker_lost")
    with django_capture_on_commit_callbacks(execute=True):
        services.retry(upload=small)
    assert woken == [(INGEST, small.public_id)]
    assert ingested(small).state == U.DONE
    with pytest.raises(Conflict):
        services.retry(upload=small)


def test_a_failed_conversion_keeps_the_file_and_says_what_to_do(
    small: Upload, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "run_plan", lambda *arguments, **named: Outcome("failed", "words", 1))
    assert (ingested(small).state, small.error_code) == (U.FAILED, "upload.not_converted")
    assert (small.folder / store.ORIGINAL).is_file() and not small.recording_folder.exists()
    client.force_login(cast.technician)
    text = client.get(reverse("media:upload", kwargs={"session": cast.session.public_id})).content.decode()
    assert "Không chuyển đổi được tệp" in text and "giữ trong bảy ngày" in text
    assert reverse("media:upload_retry", kwargs={"public_id": small.public_id}) in text


def test_cancelling_stops_the_work_and_leaves_nothing(
    small: Upload, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def cancelled_meanwhile(work: Any, beat: Any, limit_s: float, before: Any) -> Outcome:
        assert beat(0.3)
        with django_capture_on_commit_callbacks(execute=True):
            services.cancel(upload=Upload.objects.get(pk=small.pk))
        assert not beat(0.4)
        return Outcome("cancelled")

    monkeypatch.setattr(jobs, "run_plan", cancelled_meanwhile)
    jobs.ingest(small.public_id)
    assert not Upload.objects.exists() and not Recording.objects.exists()
    assert not small.folder.exists() and not small.recording_folder.exists()


def test_a_session_that_has_its_own_recording_meanwhile_keeps_it(small: Upload, cast: Cast) -> None:
    own = make_recording(session=cast.session.public_id, state=R.DONE)
    cast.session.recording_id = own.public_id
    cast.session.save()
    assert (ingested(small).state, small.error_code) == (U.FAILED, "upload.not_wanted")
    assert recording_of(cast) == own and Recording.objects.count() == 1
    assert not small.recording_folder.exists()


def test_an_uploaded_recording_takes_the_place_of_a_failed_one_and_is_not_rebuilt(
    small: Upload, cast: Cast, woken: list[Any]
) -> None:
    own = make_recording(session=cast.session.public_id, state=R.FAILED)
    cast.session.recording_id = own.public_id
    cast.session.save()
    assert ingested(small).state == U.DONE
    assert recording_of(cast).origin == Recording.Origin.UPLOAD
    Recording.objects.update(created_at=now() - dt.timedelta(days=1))
    woken.clear()
    sweep_recordings()
    assert woken == []


def test_a_session_that_has_a_recording_from_elsewhere_is_not_held_here_any_more(small: Upload, cast: Cast) -> None:
    cast.session.state, cast.session.started_at = SessionState.SCHEDULED, None
    cast.session.save()
    assert ingested(small).state == U.DONE
    added = recording_of(cast)
    for state in (SessionState.OPEN, SessionState.LIVE):
        with pytest.raises(Conflict, match=r"session\.has_recording"):
            go_to(session_id=cast.session.public_id, state=state, by=None, now=now())
    assert recording_of(cast) == added


def test_a_session_in_which_people_wait_takes_no_recording(small: Upload, cast: Cast) -> None:
    cast.session.state, cast.session.started_at = SessionState.OPEN, None
    cast.session.save()
    assert ingested(small).state == U.FAILED


def test_the_page_leads_to_the_replay(small: Upload, cast: Cast, client: Client) -> None:
    client.force_login(cast.technician)
    state = reverse("media:upload_state", kwargs={"public_id": small.public_id})
    text = client.get(state).content.decode()
    assert 'hx-trigger="every 2s"' in text and "Đang chờ đến lượt" in text and "<progress" not in text
    claim = services.UPLOADS.claim(public_id=small.public_id)
    assert claim is not None and services.checked(claim=claim) and claim.beat(0.5)
    Upload.objects.update(stage_at=now() - dt.timedelta(minutes=4))
    text = client.get(state).content.decode()
    assert 'hx-trigger="every 2s"' in text and 'value="50"' in text and "còn khoảng 4 phút" in text
    assert claim.release()
    ingested(small)
    text = client.get(state).content.decode()
    assert "hx-trigger" not in text
    assert reverse("session_replay", kwargs={"session_id": cast.session.public_id}) in text
    replay = client.get(reverse("session_replay", kwargs={"session_id": cast.session.public_id}))
    master = client.get(replay.context["links"].master).content.decode()
    assert "hls/index.m3u8" in master and json.dumps(read_status(recording_of(cast).folder).codecs) in master  # type: ignore[union-attr]


def test_the_replays_page_offers_the_way_to_who_may(cast: Cast, client: Client) -> None:
    page, way = reverse("session_replay", kwargs={"session_id": cast.session.public_id}), "Thêm bản ghi làm ở nơi khác"
    client.force_login(cast.technician)
    assert way in client.get(page).content.decode()
    client.force_login(cast.delegate)
    assert way not in client.get(page).content.decode()


def test_after_its_recording_was_deleted_the_session_takes_another_file(small: Upload, cast: Cast, client: Client) -> None:
    assert ingested(small).state == U.DONE
    first = recording_of(cast)
    client.force_login(cast.technician)
    page, session = (
        reverse("media:upload", kwargs={"session": cast.session.public_id}), reverse("session", args=[cast.session.public_id])
    )  # fmt: skip
    assert page not in client.get(session).content.decode(), "it has one"
    keeping.delete(recording=first, by=cast.technician)
    text = client.get(page).content.decode()
    assert "Bản ghi tạo từ tệp a.mp4 đã được xóa ngày" in text and "Đồng chí có thể chọn tệp khác" in text
    assert "data-upload-file" in text and "Xem lại phiên họp" not in text and "is-done" not in text
    assert page in client.get(session).content.decode()
    erase(first.public_id)
    assert "data-upload-file" in client.get(page).content.decode()
    again = services.begin(target=target_of(cast.session.public_id), by=cast.technician, file_name="b.mp4", size=9, modified_ms=0)
    Upload.objects.filter(pk=again.pk).update(state=U.CHECKING)
    shutil.copyfile(film(small.folder.parent / "b.mp4", seconds=1.2), again.folder / store.ORIGINAL)
    assert ingested(again).state == U.DONE
    second = recording_of(cast)
    assert second.public_id == again.recording_id != first.public_id
    assert "Xem lại phiên họp" in client.get(page).content.decode()


def test_a_session_held_elsewhere_is_over_once_its_recording_is_there(data_dir: Path, tmp_path: Path, client: Client) -> None:
    cast = make_cast(planned_start=now() - dt.timedelta(days=1))
    client.force_login(cast.technician)
    session, conference = cast.session.public_id, cast.session.conference.public_id
    pages = [reverse("session", args=[session]), reverse("conferences")]
    assert all("Chưa bắt đầu" in client.get(page).content.decode() for page in pages)
    assert [each.pk for each in session_lists(cast.technician).coming] == [cast.session.pk]
    assert ingested(given(cast, film(tmp_path / "a.mp4", seconds=1.2))).state == U.DONE
    for page in [*pages, reverse("conference", args=[conference])]:
        text = client.get(page).content.decode()
        assert ">Đã họp<" in text.replace("\n", "") and "Chưa bắt đầu" not in text
    assert "Vào hội nghị" not in client.get(pages[0]).content.decode()
    lists = session_lists(cast.technician)
    assert (lists.coming, [each.pk for each in lists.past]) == ([], [cast.session.pk])
