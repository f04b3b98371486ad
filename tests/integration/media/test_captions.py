"""Captions of a recording: who may do what, what is kept, and what happens when two edit at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.errors import Conflict, NotFound
from media.captions import services
from media.captions.domain.cues import Cue
from media.captions.domain.formats import parse
from media.captions.models import CaptionTrack, CaptionVersion
from media.captions.selectors import cues_of, cues_of_track, history
from media.models import Recording
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_user
from tests.factories.media import Roles, make_recording

pytestmark = pytest.mark.django_db
How = CaptionVersion.How
FIRST = [Cue(1_000, 4_000, "Kính thưa các đồng chí", "Chủ tọa"), Cue(5_000, 7_000, "A & B <nghe không rõ>")]
FILE = b"WEBVTT\n\n00:01.000 --> 00:02.000\nNgh\xe1\xbb\x8b quy\xe1\xba\xbft\n"


@pytest.fixture
def recording() -> Recording:
    return make_recording(state=Recording.State.DONE, duration_ms=60_000)


@pytest.fixture
def secretary(roles: Roles) -> User:
    return roles.give(make_user("Trần Thị Bình"), Role.SECRETARY)


@pytest.fixture
def track(recording: Recording, secretary: User) -> CaptionTrack:
    return services.add_track(recording=recording, language="vi", label="Tiếng Việt", cues=FIRST, how=How.UPLOADED, by=secretary)


@pytest.fixture
def manager(client: Client, secretary: User) -> Client:
    client.force_login(secretary)
    return client


def url(name: str, track: CaptionTrack, **more: Any) -> str:
    return reverse(f"media:{name}", kwargs={"public_id": track.recording.public_id, "track_id": track.public_id, **more})


def upload(client: Client, address: str, data: bytes, **values: Any) -> Any:
    return client.post(address, {"file": SimpleUploadedFile("phu-de.vtt", data), **values}, headers={"HX-Request": "true"})


def put(client: Client, track: CaptionTrack, seen: int, rows: list[list[Any]]) -> Any:
    return client.post(
        url("captions_save", track), json.dumps({"seen": seen, "cues": rows}), "application/json",
        headers={"Accept": "application/json"},
    )  # fmt: skip


WATCHED = ("captions_cues", "captions_vtt", "captions_srt")
MANAGED = {
    "captions_editor": "get", "captions_links": "get", "captions_save": "post", "captions_replace": "post",
    "captions_restore": "post", "captions_remove": "post",
}  # fmt: skip


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.DELEGATE, Role.PRESENTER])
def test_who_watches_reads_captions_and_only_who_manages_changes_them(
    client: Client, track: CaptionTrack, roles: Roles, role: Role | None
) -> None:
    whole = [("get", reverse("media:captions", args=[track.recording.public_id]))]
    whole += [("post", reverse("media:captions_add", args=[track.recording.public_id]))]
    managed = [(method, url(name, track, **({"number": 1} if "restore" in name else {}))) for name, method in MANAGED.items()]
    watched = [("get", url(name, track)) for name in WATCHED]
    for method, address in whole + managed + watched:
        assert getattr(client, method)(address).status_code == 302, "nobody is signed in"
    client.force_login(roles.give(make_user(), role) if role else make_user())
    for method, address in whole + managed:
        assert getattr(client, method)(address).status_code == 403, address
    for method, address in watched:
        assert getattr(client, method)(address).status_code == (200 if role else 403), address
    assert CaptionTrack.objects.get().version == 1


def test_a_track_is_found_only_below_its_own_recording(manager: Client, track: CaptionTrack) -> None:
    other = make_recording(state=Recording.State.DONE)
    address = reverse("media:captions_vtt", kwargs={"public_id": other.public_id, "track_id": track.public_id})
    assert manager.get(address).status_code == 404


def test_players_and_people_get_what_was_given(manager: Client, track: CaptionTrack) -> None:
    vtt = manager.get(url("captions_vtt", track))
    assert vtt.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert "Content-Disposition" not in vtt.headers
    assert parse(vtt.content) == FIRST
    assert b"<nghe" not in vtt.content
    kept = manager.get(url("captions_vtt", track) + "?tai=1")
    assert 'filename="hoi-nghi-quan-triet-nghi-quyet-so-57-nq-tw.vi.vtt"' in kept.headers["Content-Disposition"]
    srt = manager.get(url("captions_srt", track))
    assert srt.headers["Content-Disposition"].endswith('.vi.srt"')
    assert parse(srt.content)[0].text == "Chủ tọa: Kính thưa các đồng chí"
    body = manager.get(url("captions_cues", track)).json()
    assert (body["version"], body["by"]) == (1, "Trần Thị Bình")
    assert body["cues"][0] == [1_000, 4_000, "Kính thưa các đồng chí", "Chủ tọa"]


def test_a_file_is_added_once_in_a_language(manager: Client, recording: Recording) -> None:
    address = reverse("media:captions_add", args=[recording.public_id])
    answer = upload(manager, address, FILE, language="vi")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, reverse("media:captions", args=[recording.public_id]))
    assert cues_of(recording) == [Cue(1_000, 2_000, "Nghị quyết")]
    again = upload(manager, address, FILE, language="vi")
    assert again.status_code == 409
    assert "Đã có phụ đề bằng ngôn ngữ này" in again.content.decode()
    assert CaptionTrack.objects.count() == 1


def test_a_language_of_ones_own_is_named_and_an_empty_track_leads_to_the_editor(manager: Client, recording: Recording) -> None:
    address = reverse("media:captions_add", args=[recording.public_id])
    asked = {"language": "other", "tag": "tiếng Lào", "name": "", "write": "1"}
    refused = manager.post(address, asked, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "Đây không phải mã ngôn ngữ" in refused.content.decode()
    assert "Hãy ghi tên của ngôn ngữ" in refused.content.decode()
    assert 'value="tiếng Lào"' in refused.content.decode(), "what was typed is kept"
    answer = manager.post(address, asked | {"tag": "LO", "name": "ພາສາລາວ"}, headers={"HX-Request": "true"})
    track = CaptionTrack.objects.get()
    assert (track.language, track.label, track.version) == ("lo", "ພາສາລາວ", 1)
    assert answer.headers["HX-Redirect"] == url("captions_editor", track)
    page = manager.get(url("captions_editor", track)).content.decode()
    assert "Chưa có phụ đề nào" in page


def test_a_forgotten_file_makes_no_empty_track(manager: Client, recording: Recording) -> None:
    address = reverse("media:captions_add", args=[recording.public_id])
    refused = manager.post(address, {"language": "vi"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422 and not CaptionTrack.objects.exists()
    text = refused.content.decode()
    assert "Đồng chí hãy chọn tệp phụ đề" in text and 'name="write"' in text and "Viết trên trang" in text


def test_captions_beyond_the_end_are_told_of(manager: Client, recording: Recording) -> None:
    address = reverse("media:captions_add", args=[recording.public_id])
    late = b"\n00:59.000 --> 01:02.000\nb\n\n01:00.000 --> 01:02.000\nc\n"
    assert upload(manager, address, FILE + late, language="vi").status_code == 204
    page = manager.get(reverse("media:captions", args=[recording.public_id])).content.decode()
    assert "Có 1 phụ đề bắt đầu sau khi bản ghi kết thúc" in page
    track = CaptionTrack.objects.get()
    assert track.count == 3
    values = {f"{track.public_id}-seen": "1", f"{track.public_id}-file": SimpleUploadedFile("a.vtt", FILE)}
    manager.post(url("captions_replace", track), values)
    assert "sau khi bản ghi kết thúc" not in manager.get(reverse("media:captions", args=[recording.public_id])).content.decode()


def test_a_broken_file_changes_nothing_and_its_lines_are_told(manager: Client, track: CaptionTrack) -> None:
    broken = b"WEBVTT\n\n00:05.000 --> 00:04.000\na\n\n" + b"b\n\n" * 9
    values = {f"{track.public_id}-seen": "1", f"{track.public_id}-file": SimpleUploadedFile("a.vtt", broken)}
    answer = manager.post(url("captions_replace", track), values, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Tệp có lỗi nên chưa nhập gì" in text
    assert "Dòng 3: Thời điểm kết thúc phải sau thời điểm bắt đầu." in text
    assert "Dòng 6: Có lời nhưng thiếu thời điểm" in text
    assert "Số lỗi khác: 2." in text
    assert cues_of_track(track) == FIRST


def test_a_file_replaces_and_the_old_one_can_be_taken_back(manager: Client, track: CaptionTrack) -> None:
    values = {f"{track.public_id}-seen": "1", f"{track.public_id}-file": SimpleUploadedFile("a.vtt", FILE)}
    assert manager.post(url("captions_replace", track), values).status_code == 302
    track.refresh_from_db()
    assert cues_of_track(track) == [Cue(1_000, 2_000, "Nghị quyết")]
    assert manager.post(url("captions_restore", track, number=1), {"seen": "2"}).status_code == 302
    track.refresh_from_db()
    assert cues_of_track(track) == FIRST
    assert [(version.number, version.how) for version in history(track)] == [(3, "restored"), (2, "uploaded"), (1, "uploaded")]
    gone = manager.post(url("captions_restore", track, number=9), {"seen": "3"})
    assert gone.status_code == 404


def test_whoever_saves_second_overwrites_nothing_and_may_save_again(manager: Client, track: CaptionTrack, roles: Roles) -> None:
    other = roles.give(make_user("Lê Văn Cường"), Role.TECHNICIAN)
    services.save_cues(track=track, cues=[Cue(0, 1_000, "của Cường")], seen=1, how=How.EDITED, by=other)
    mine = [[0, 1_000, "của Bình", ""]]
    refused = put(manager, track, 1, mine)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "captions.changed")
    newest = manager.get(url("captions_cues", track)).json()
    assert (newest["version"], newest["by"], newest["cues"][0][2]) == (2, "Lê Văn Cường", "của Cường")
    assert put(manager, track, newest["version"], mine).json() == {"version": 3, "count": 1}
    assert [version.number for version in history(track)] == [3, 2, 1], "theirs is kept, too"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([[5, 5, "a", ""]], "captions.bad_cue"),
        ([[0, 1, "a" * 2_001, ""]], "captions.bad_cue"),
        ([[-1, 1, "a", ""]], "core.bad_message"),
        ([[0, 1, "a"]], "core.bad_message"),
        ([[0, 1, None, ""]], "core.bad_message"),
    ],
)
def test_what_cannot_be_saved_is_refused_whole(manager: Client, track: CaptionTrack, rows: list[list[Any]], code: str) -> None:
    answer = put(manager, track, 1, [[0, 1, "đúng", ""], *rows])
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert cues_of_track(track) == FIRST


@pytest.mark.parametrize("seen", ["9" * 5_000, "-1", "+1", "1_0", "", "١"])
def test_a_version_that_is_no_number_restores_nothing_and_is_told(manager: Client, track: CaptionTrack, seen: str) -> None:
    answer = manager.post(url("captions_restore", track, number=1), {"seen": seen}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "core.bad_message")
    assert answer.json()["error"]["text"] == "Không đọc được dữ liệu trang gửi lên. Tải lại trang rồi thử lại."
    assert CaptionTrack.objects.get().version == 1


def test_a_version_that_no_row_can_have_changes_nothing(manager: Client, track: CaptionTrack) -> None:
    address = url("captions_restore", track, number=1)
    for seen in ("999999999999999999", "4294967296"):
        assert manager.post(address, {"seen": seen}).status_code == 409
    assert put(manager, track, 10**30, [[0, 1_000, "a", ""]]).status_code == 409
    for number in (10**30, "9" * 5_000):
        assert manager.post(address.replace("/1/", f"/{number}/"), {"seen": "1"}).status_code == 404
    huge = {"Content-Length": "9" * 5_000, "Accept": "application/json"}
    body = json.dumps({"seen": 1, "cues": []})
    assert manager.post(url("captions_save", track), body, "application/json", headers=huge).status_code == 422
    assert CaptionTrack.objects.get().version == 1


@pytest.mark.parametrize("state", [Recording.State.DELETING, Recording.State.DELETED])
def test_of_a_deleted_recording_nobody_reads_or_writes_captions(manager: Client, track: CaptionTrack, state: str) -> None:
    recording = track.recording
    Recording.objects.filter(pk=recording.pk).update(state=state)
    asked = [("get", reverse("media:captions", args=[recording.public_id])), *(("get", url(name, track)) for name in WATCHED)]
    asked += [(method, url(name, track, **({"number": 1} if "restore" in name else {}))) for name, method in MANAGED.items()]
    for method, address in asked:
        answer = getattr(manager, method)(address, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "recording.deleted"), address
    added = upload(manager, reverse("media:captions_add", args=[recording.public_id]), FILE, language="en")
    assert added.status_code == 404
    assert (CaptionTrack.objects.count(), CaptionVersion.objects.count()) == (1, 1)


def test_what_comes_while_a_recording_is_deleted_is_not_written(track: CaptionTrack, secretary: User) -> None:
    recording = track.recording
    Recording.objects.filter(pk=recording.pk).update(state=Recording.State.DELETING)  # after the view has looked
    with pytest.raises(NotFound):
        services.add_track(recording=recording, language="en", label="English", cues=FIRST, how=How.UPLOADED, by=secretary)
    with pytest.raises(NotFound):
        services.save_cues(track=track, cues=FIRST, seen=1, how=How.EDITED, by=secretary)
    with pytest.raises(NotFound):
        services.restore_version(track=track, number=1, seen=1, by=secretary)
    assert (CaptionTrack.objects.count(), CaptionVersion.objects.count()) == (1, 1)


def test_deleting_takes_the_track_with_its_versions(manager: Client, track: CaptionTrack) -> None:
    assert manager.post(url("captions_remove", track)).status_code == 302
    assert not CaptionTrack.objects.exists() and not CaptionVersion.objects.exists()
    assert manager.get(url("captions_vtt", track)).status_code == 404


def test_of_many_versions_the_oldest_go(track: CaptionTrack, secretary: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "KEPT_VERSIONS", 3)
    for number in range(1, 6):
        cues = [Cue(0, 1_000, f"bản {number}")]
        assert services.save_cues(track=track, cues=cues, seen=number, how=How.EDITED, by=secretary) == number + 1
    assert [version.number for version in history(track)] == [6, 5, 4]
    with pytest.raises(NotFound):
        services.restore_version(track=track, number=1, seen=6, by=secretary)
    with pytest.raises(Conflict):
        services.restore_version(track=track, number=4, seen=5, by=secretary)


def test_cues_of_chooses_by_language(recording: Recording, secretary: User) -> None:
    assert cues_of(recording) == []

    def add(language: str) -> None:
        cues = [Cue(0, 1_000, language)]
        services.add_track(recording=recording, language=language, label=language, cues=cues, how=How.UPLOADED, by=secretary)

    add("en-GB")
    assert cues_of(recording)[0].text == "en-GB"
    add("vi")
    add("en")
    assert [cues_of(recording, language)[0].text for language in (None, "vi-VN", "en", "en-GB", "en-US")] == [
        "vi", "vi", "en", "en-GB", "en-GB",
    ]  # fmt: skip
    assert cues_of(recording, "km") == []


def test_the_list_says_who_changed_what(manager: Client, track: CaptionTrack) -> None:
    text = manager.get(
        reverse("media:captions", args=[track.recording.public_id]), headers={"HX-Request": "true"}
    ).content.decode()
    assert "Tiếng Việt" in text and "2 phụ đề" in text and "Trần Thị Bình" in text
    assert "data-confirm=" in text
    assert "<html" not in text
    assert "<html" in manager.get(reverse("media:captions", args=[track.recording.public_id])).content.decode()
