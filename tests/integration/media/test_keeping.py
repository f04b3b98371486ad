"""Keeping, archiving and deleting recordings: the rows, the files, the pages."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from core.clock import now
from core.errors import Conflict, Invalid
from media import services as recordings
from media.captions.domain.cues import Cue
from media.captions.models import CaptionTrack, CaptionVersion
from media.captions.services import add_track, save_cues
from media.egress.hls import Playlist, Segment, segment_name
from media.keeping import files, services, sweep
from media.keeping.models import Keeping, Tombstone
from media.keeping.rules import MOST_DAYS, Policy
from media.models import RECORDING_MACHINE, Recording, Rendition
from media.playback import links, login_of
from media.queue import ERASE
from media.room import MARKS, Room
from media.vod.ladder import Span
from media.vod.parts import beat_part, claim_part, finish_part, split_recording
from media.vod.renditions import claim_rendition
from media.vod.sweep import sweep as sweep_lost
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_user
from tests.factories.media import ZERO_MS, Roles, make_recording, write_status

pytestmark = pytest.mark.django_db
R = Recording.State
DAY = dt.timedelta(days=1)
SAID = [Cue(0, 1_000, "Kính thưa các đồng chí")]
How = CaptionVersion.How


@pytest.fixture(autouse=True)
def folder(data_dir: Path, woken: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("media.keeping.sweep.free_bytes", lambda: MARKS[Room.LOW])
    return data_dir


def finished(days_ago: float = 0, **fields: Any) -> Recording:
    """A whole recording with one of each kind of file."""
    ended = now() - days_ago * DAY
    recording = make_recording(state=R.DONE, finished_at=ended, duration_ms=4_000, **fields)
    write_status(recording, duration_ms=4_000)
    playlist = Playlist(ZERO_MS, 2, [Segment(segment_name(n), 2.0, "init.mp4") for n in (1, 2)], ended=True)
    contents = {
        "hls/init.mp4": b"i", "hls/seg-00001.m4s": b"s" * 100, "hls/seg-00002.m4s": b"s" * 100,
        "hls/index.m3u8": playlist.text().encode(), "full/index.m3u8": b"f" * 60,
        "720p/index.m3u8": b"7" * 50, "480p/index.m3u8": b"4" * 40, "240p/index.m3u8": b"2" * 20,
        "thumbs/sheet-001.jpg": b"p" * 7, "audio/index.m3u8": b"a" * 5, "video.mp4": b"v" * 300, "poster.jpg": b"j" * 3,
    }  # fmt: skip
    for name, data in contents.items():
        path = recording.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    recording.capture_folder.mkdir(parents=True)
    (recording.capture_folder / "hub-mic-1.cap").write_bytes(b"c" * 1_000)
    for kind in Rendition.Kind:
        Rendition.objects.create(recording=recording, kind=kind, state=Rendition.State.DONE, progress=1)
    return recording


def again(recording: Recording) -> Recording:
    return Recording.objects.get(pk=recording.pk)


# The table ---------------------------------------------------------------------------------------------------------------


def test_table_leads_out_of_deletion_only_to_its_end() -> None:
    ends = {R.DELETING, R.DELETED}
    reach = {(old, new) for old, new in itertools.product(R, R) if {old, new} & ends and RECORDING_MACHINE.allows(old, new)}
    assert reach == {(R.DONE, R.DELETING), (R.FAILED, R.DELETING), (R.DELETING, R.DELETED)}


@pytest.mark.parametrize("old", list(R))
def test_deleting_is_possible_where_the_table_says(old: R) -> None:
    recording = make_recording(state=old)
    if RECORDING_MACHINE.allows(old, R.DELETING):
        services.delete(recording=recording, by=make_user())
        assert again(recording).state == R.DELETING
    else:
        with pytest.raises(Conflict) as raised:
            services.delete(recording=recording, by=make_user())
        assert raised.value.code == "recording.bad_step"
        assert (again(recording).state, Tombstone.objects.count()) == (old, 0)


@pytest.mark.parametrize("old", list(R))
def test_deleted_is_reached_where_the_table_says(old: R) -> None:
    recording = make_recording(state=old)
    assert services.deleted(recording=recording) == RECORDING_MACHINE.allows(old, R.DELETED)
    assert (again(recording).state == R.DELETED) == (old in (R.DELETING, R.DELETED))


@pytest.mark.parametrize("old", [R.DELETING, R.DELETED])
def test_sweeps_and_rebuilding_leave_a_deleted_recording_alone(old: R, woken: list[tuple[str, str]]) -> None:
    recording = make_recording(state=old)
    Recording.objects.update(created_at=now() - DAY)
    write_status(recording)
    sweep_lost()
    assert not recordings.claim_rebuild(recording=recording.public_id)
    recordings.fail_recording(recording=recording.public_id, code="x")
    with pytest.raises(Conflict):
        recordings.retry_recording(recording=recording)
    assert again(recording).state == old and woken == []


# Deleting ----------------------------------------------------------------------------------------------------------------


def test_deleted_means_the_files_and_leaves_a_tombstone(
    woken: list[tuple[str, str]], django_capture_on_commit_callbacks: Any
) -> None:
    recording, by = finished(), make_user()
    other = finished(session="another23456")
    total = files.sizes(recording.folder, recording.capture_folder).total
    with django_capture_on_commit_callbacks(execute=True):
        services.delete(recording=recording, by=by)
        assert woken == [], "nothing leaves before the commit"
    assert woken == [(ERASE, recording.public_id)]
    assert not recording.renditions.exists(), "a worker that still makes one has no say"
    sweep.erase(recording.public_id)
    assert again(recording).state == R.DELETED
    assert not recording.folder.exists() and not recording.capture_folder.exists()
    stone = Tombstone.objects.get()
    assert (stone.by, stone.why, stone.duration_ms, stone.bytes) == (by, "asked", 4_000, total)
    assert stone.gone_at is not None
    assert files.is_whole(other.folder) and other.capture_folder.exists()


def test_deleting_takes_what_was_said_with_the_files() -> None:
    recording, other, by = finished(), finished(session="another23456"), make_user()
    for each in (recording, other):
        for language in ("vi", "en"):
            track = add_track(recording=each, language=language, label=language, cues=SAID, how=How.UPLOADED, by=by)
            save_cues(track=track, cues=SAID, seen=1, how=How.EDITED, by=by)
    services.delete(recording=recording, by=by)
    assert CaptionVersion.objects.filter(track__recording=recording).count() == 4, "until the files go"
    sweep.erase(recording.public_id)
    assert not CaptionTrack.objects.filter(recording=recording).exists()
    assert set(CaptionVersion.objects.values_list("track__recording", flat=True)) == {other.pk}
    assert CaptionVersion.objects.count() == 4
    assert Tombstone.objects.get().recording == recording


def test_captions_that_an_older_deletion_left_are_taken_away_at_the_migration() -> None:
    gone, kept, by = finished(), finished(session="another23456"), make_user()
    for each in (gone, kept):
        add_track(recording=each, language="vi", label="vi", cues=SAID, how=How.UPLOADED, by=by)
    Recording.objects.filter(pk=gone.pk).update(state=R.DELETED)
    import_module("media.migrations.0010_captions_of_deleted").remove(apps, None)
    assert [track.recording for track in CaptionTrack.objects.all()] == [kept]


def test_deleting_stops_whoever_makes_a_rendition_or_a_part() -> None:
    recording, other = finished(), finished(session="another23456")
    claims = []
    for each in (recording, other):
        Rendition.objects.filter(recording=each, kind__in=["480p", "thumbs"]).update(state=Rendition.State.QUEUED)
        assert split_recording(recording=each, spans=[Span(0, 1, 2_000), Span(1, 1, 2_000)])
        rendition = claim_rendition(public_id=each.renditions.get(kind="thumbs").public_id)
        part = claim_part(public_id=each.parts.get(number=0).public_id)
        assert rendition and part and rendition.beat(0.1) and beat_part(claim=part, progress=0.1)
        claims.append((rendition, part))
    services.delete(recording=recording, by=make_user())
    (rendition, part), (others, others_part) = claims
    assert not rendition.beat(0.2) and not beat_part(claim=part, progress=0.2)
    assert not finish_part(claim=part, made=["480p"]) and not recording.parts.exists()
    assert not split_recording(recording=recording, spans=[Span(0, 1, 2_000)]), "a late message begins nothing"
    assert others.beat(0.2) and beat_part(claim=others_part, progress=0.2) and other.parts.count() == 2


def test_deletion_killed_in_the_middle_is_finished_by_any_later_round(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = finished()
    services.delete(recording=recording, by=None)

    def killed(path: Path, **_: Any) -> None:
        (path / "hub-mic-1.cap").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("media.keeping.files.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            sweep.keep()
    assert again(recording).state == R.DELETING and recording.folder.exists()
    with monkeypatch.context() as patch:
        patch.setattr("media.keeping.files.shutil.rmtree", lambda path, **_: (_ for _ in ()).throw(PermissionError(13, "no")))
        sweep.keep()
    assert again(recording).state == R.DELETING, "what cannot be deleted is not called deleted"
    for _ in range(2):
        sweep.keep()
    assert again(recording).state == R.DELETED
    assert not recording.folder.exists() and not recording.capture_folder.exists()


def test_what_a_late_writer_leaves_is_taken_away_too() -> None:
    recording = finished()
    services.delete(recording=recording, by=None)
    sweep.keep()
    recording.folder.mkdir()
    (recording.folder / "video.mp4").write_bytes(b"late")
    sweep.keep()
    assert not recording.folder.exists()


def test_removing_goes_on_where_another_removes_at_the_same_time(tmp_path: Path) -> None:
    """As a worker does that stops: seen before as “was not there”, with all the rest left behind."""
    for round_ in range(20):
        folder = tmp_path / str(round_)
        for name in (".480p.x.part", "hls", "thumbs"):
            (folder / name).mkdir(parents=True)
            for number in range(100):
                (folder / name / str(number)).touch()
        worker = threading.Thread(target=shutil.rmtree, args=(folder / ".480p.x.part", True))
        worker.start()
        files.remove(folder)
        worker.join()
        assert not folder.exists()


def test_held_recording_is_deleted_neither_by_hand_nor_by_rule() -> None:
    recording, by = finished(days_ago=400), make_user()
    services.decide(recording=recording, policy=Policy.DELETE, days=30, by=by)
    services.hold(recording=recording, held=True, by=by)
    Keeping.objects.update(warned_at=now() - 30 * DAY)
    sweep.keep()
    with pytest.raises(Conflict) as raised:
        services.delete(recording=recording, by=by)
    assert raised.value.code == "keeping.is_held"
    assert again(recording).state == R.DONE
    services.hold(recording=recording, held=False, by=by)
    sweep.keep()
    assert again(recording).state == R.DONE, "it is announced anew before"


# By rule -----------------------------------------------------------------------------------------------------------------


def test_rule_deletes_a_week_after_it_was_announced_and_not_before() -> None:
    recording = finished(days_ago=400)
    services.decide(recording=recording, policy=Policy.DELETE, days=30, by=make_user())
    for _ in range(2):
        sweep.keep()
    assert again(recording).state == R.DONE
    keeping = Keeping.objects.get()
    assert keeping.warned_at is not None
    Keeping.objects.update(warned_at=now() - 7 * DAY)
    sweep.keep()
    assert again(recording).state == R.DELETED
    stone = Tombstone.objects.get()
    assert (stone.why, stone.by) == ("expired", None)


def test_setting_holds_for_recordings_of_which_nobody_decided(settings: Any) -> None:
    settings.KEEPING_POLICY, settings.KEEPING_DAYS = "delete", 30
    recording, kept = finished(days_ago=24), finished(days_ago=24, session="another23456")
    services.decide(recording=kept, policy=Policy.KEEP, days=0, by=make_user())
    sweep.keep()
    assert Keeping.objects.get(recording=recording).warned_at is not None
    assert Keeping.objects.get(recording=kept).warned_at is None


def test_archiving_leaves_what_plays_and_the_download() -> None:
    recording = finished(days_ago=31)
    services.decide(recording=recording, policy=Policy.ARCHIVE, days=30, by=make_user())
    for _ in range(2):
        sweep.keep()
    assert not recording.capture_folder.exists()
    assert sorted(path.name for path in recording.folder.iterdir()) == [
        "audio", "full", "hls", "poster.jpg", "recording.json", "video.mp4",
    ]  # fmt: skip
    assert files.is_whole(recording.folder) and again(recording).state == R.DONE
    assert {each.kind for each in recording.renditions.all()} == {"poster", "mp4", "audio", "sound"}


@pytest.mark.parametrize("days_ago", [6.9, 7.1])
def test_raw_capture_of_a_whole_recording_goes_after_a_week(days_ago: float) -> None:
    recording = finished(days_ago=days_ago)
    sweep.keep()
    assert recording.capture_folder.exists() == (days_ago < 7)
    assert Keeping.objects.filter(capture_gone_at__isnull=False).exists() == (days_ago > 7)
    assert files.is_whole(recording.folder)


def test_raw_captures_go_before_their_time_while_the_disk_is_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    younger, older = finished(days_ago=1), finished(days_ago=2, session="another23456")
    free = iter([MARKS[Room.LOW] - 1, MARKS[Room.LOW]])
    monkeypatch.setattr("media.keeping.sweep.free_bytes", lambda: next(free))
    sweep.keep()
    assert not older.capture_folder.exists(), "the oldest first"
    assert younger.capture_folder.exists(), "no more than is needed"


@pytest.mark.parametrize("fault", ["missing", "empty", "unfinished", "short", "nothing"])
def test_raw_capture_stays_where_the_recording_is_not_whole(fault: str) -> None:
    recording = finished(days_ago=400)
    hls = recording.folder / "hls"
    match fault:
        case "missing":
            (hls / "seg-00001.m4s").unlink()
        case "empty":
            (hls / "seg-00002.m4s").write_bytes(b"")
        case "unfinished":
            (hls / "index.m3u8").write_text((hls / "index.m3u8").read_text().replace("#EXT-X-ENDLIST\n", ""))
        case "short":
            write_status(recording, duration_ms=6_000)
        case "nothing":
            shutil.rmtree(recording.folder)
    sweep.keep()
    assert recording.capture_folder.exists()


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1])
def test_number_of_days_that_means_nothing_is_refused(days: int) -> None:
    with pytest.raises(Invalid) as raised:
        services.decide(recording=finished(), policy=Policy.DELETE, days=days, by=make_user())
    assert raised.value.code == "keeping.bad_days"


# Pages -------------------------------------------------------------------------------------------------------------------


def signed_in(client: Client, roles: Roles, role: Role | None) -> User:
    user = make_user()
    if role:
        roles.give(user, role)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def test_card_says_rule_dates_and_sizes(client: Client, roles: Roles) -> None:
    recording = finished(days_ago=25)
    user = signed_in(client, roles, Role.SECRETARY)
    address = reverse("media:keeping", args=[recording.public_id])
    text = client.get(address).content.decode()
    assert "Giữ lâu dài" in text and "Tổng cộng" in text and "Ghi ngày" in text
    assert "sẽ bị xóa" not in text
    services.decide(recording=recording, policy=Policy.DELETE, days=30, by=user)
    text = client.get(address).content.decode()
    day = now() + 7 * DAY  # not after 5 days, since it is announced only now
    assert f"Bản ghi này sẽ bị xóa vào ngày {day.astimezone(dt.timezone(dt.timedelta(hours=7))):%d/%m/%Y}" in text
    assert "Xóa sau 30 ngày" in text and "muộn hơn quy định vì phải báo trước 7 ngày" in text
    services.hold(recording=recording, held=True, by=user)
    text = client.get(address).content.decode()
    assert "chưa có ngày vì đang giữ lại" in text and f"{day:%d/%m/%Y}" not in text
    services.hold(recording=recording, held=False, by=user)
    services.decide(recording=recording, policy=Policy.DELETE, days=60, by=user)
    assert "muộn hơn" not in client.get(address).content.decode()


def test_card_says_that_the_capture_goes_as_early_as_archiving_or_deletion(client: Client, roles: Roles) -> None:
    recording = finished(days_ago=1)
    user = signed_in(client, roles, Role.SECRETARY)

    def told() -> str:
        return client.get(reverse("media:keeping", args=[recording.public_id])).content.decode()

    def goes_in(days: int) -> str:
        day = (now() + days * DAY).astimezone(dt.timezone(dt.timedelta(hours=7)))
        return f"sẽ xóa từ ngày {day:%d/%m/%Y}"

    assert goes_in(6) in told()
    services.decide(recording=recording, policy=Policy.ARCHIVE, days=3, by=user)
    assert goes_in(2) in told()
    services.decide(recording=recording, policy=Policy.ARCHIVE, days=30, by=user)
    assert goes_in(6) in told()


def test_managers_decide_hold_and_delete(client: Client, roles: Roles) -> None:
    recording = finished()
    user = signed_in(client, roles, Role.SECRETARY)
    answer = client.post(reverse("media:keeping_decide", args=[recording.public_id]), {"policy": "archive", "days": "90"})
    assert "Lưu trữ sau 90 ngày" in answer.content.decode() and "Đã lưu" in answer.content.decode()
    hold = reverse("media:keeping_hold", args=[recording.public_id])
    assert "Bỏ giữ lại" in client.post(hold, {"held": "1"}).content.decode()
    delete = reverse("media:keeping_delete", args=[recording.public_id])
    as_json = {"Accept": "application/json"}
    assert client.post(delete, {"word": "xóa"}, headers=as_json).json()["error"]["code"] == "keeping.is_held"
    client.post(hold, {"held": "0"})
    refused = client.post(delete, {"word": "vâng"}, headers=as_json)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "keeping.not_confirmed")
    assert again(recording).state == R.DONE
    answer = client.post(delete, {"word": " Xoá "})
    assert answer.headers["HX-Refresh"] == "true" and user.full_name in answer.content.decode()
    assert again(recording).state == R.DELETING
    assert client.post(delete, {"word": "xóa"}, headers=as_json).status_code == 409


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DELEGATE, Role.PRESENTER, Role.SITE_OPERATOR, None])
def test_others_may_not_even_look(client: Client, roles: Roles, role: Role | None) -> None:
    recording = finished()
    signed_in(client, roles, role)
    assert client.get(reverse("media:keeping", args=[recording.public_id])).status_code == 403
    for name in ("keeping_decide", "keeping_hold", "keeping_delete"):
        address = reverse(f"media:{name}", args=[recording.public_id])
        assert client.post(address, {"word": "xóa", "policy": "delete", "days": "1", "held": "1"}).status_code == 403
    assert again(recording).state == R.DONE and not Keeping.objects.exists()


def test_old_links_are_dead_at_once(client: Client, roles: Roles) -> None:
    recording = finished()
    user = signed_in(client, roles, Role.VIEWER)
    found = links(recording, user, login_of(client.session.session_key))
    assert found.download is not None
    segment = found.master.replace("master.m3u8", "hls/seg-00001.m4s")
    assert client.get(segment).status_code == 200
    services.delete(recording=recording, by=None)
    assert recording.folder.exists(), "before the first file is gone"
    for link in (found.master, segment, found.download):
        answer = client.get(link, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "recording.deleted")


def test_command_lists_recordings_by_size(capsys: pytest.CaptureFixture[str]) -> None:
    small, large = finished(), finished(session="another23456")
    (large.folder / "video.mp4").write_bytes(b"v" * (5 << 20))
    call_command("recordings")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == [large.public_id, small.public_id]
    assert lines[-1].startswith("2 recordings, 5.0 MB")
