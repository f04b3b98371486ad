"""Sending a file: the tus protocol, its limits, and what survives a cut."""

from __future__ import annotations

import datetime as dt
import fcntl
import threading
from base64 import b64encode
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from conference.domain.program import State as SessionState
from core.clock import now
from media.models import Recording
from media.queue import INGEST
from media.upload import services, space, store
from media.upload.models import Upload
from media.upload.sweep import sweep
from people.permissions import Role
from tests.factories.conference import Cast, make_cast, make_session, summon
from tests.factories.media import make_recording

pytestmark = pytest.mark.django_db
U = Upload.State
BODY = bytes(range(256)) * 40
TUS = {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_ACCEPT": "application/json"}


@pytest.fixture
def cast(data_dir: Path) -> Cast:
    return make_cast(state=SessionState.ENDED, planned_start=now() - dt.timedelta(days=1))


@pytest.fixture
def sender(cast: Cast, client: Client) -> Client:
    client.force_login(cast.technician)
    return client


def create(client: Client, session: str, *, size: int = len(BODY), name: str = "họp.mp4", **headers: str) -> Any:
    told = f"filename {b64encode(name.encode()).decode()},modified {b64encode(b'17').decode()}"
    url = reverse("media:upload_create", kwargs={"session": session})
    return client.post(
        url, content_type="application/octet-stream", HTTP_UPLOAD_LENGTH=str(size), HTTP_UPLOAD_METADATA=told, **TUS | headers
    )


def patch(client: Client, url: str, at: int, data: bytes, **headers: str) -> Any:
    kind = headers.pop("content_type", "application/offset+octet-stream")
    return client.patch(url, data, content_type=kind, HTTP_UPLOAD_OFFSET=str(at), **TUS | headers)


def offset(client: Client, url: str) -> int:
    return int(client.head(url, **TUS)["Upload-Offset"])


def begun(client: Client, cast: Cast, **more: Any) -> tuple[Upload, str]:
    answer = create(client, cast.session.public_id, **more)
    assert answer.status_code == 201, answer.content
    return Upload.objects.get(session=cast.session.public_id), answer["Location"]


def code(answer: Any) -> tuple[int, str]:
    assert answer["Tus-Resumable"] == "1.0.0"
    return answer.status_code, answer.json()["error"]["code"]


def test_a_file_in_pieces_arrives_and_is_handed_to_a_worker(
    sender: Client, cast: Cast, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    upload, url = begun(sender, cast)
    assert (upload.file_name, upload.size, upload.modified_ms, upload.by) == ("họp.mp4", len(BODY), 17, cast.technician)
    first = patch(sender, url, 0, BODY[:4000])
    assert (first.status_code, first["Upload-Offset"]) == (204, "4000")
    assert first["Upload-Expires"].endswith("GMT")
    asked = sender.head(url, **TUS)
    assert (asked["Upload-Offset"], asked["Upload-Length"], asked["Cache-Control"]) == ("4000", str(len(BODY)), "no-store")
    with django_capture_on_commit_callbacks(execute=True):
        assert patch(sender, url, 4000, BODY[4000:]).status_code == 204
    upload.refresh_from_db()
    assert upload.state == U.CHECKING
    assert woken == [(INGEST, upload.public_id)]
    assert (upload.folder / store.ORIGINAL).read_bytes() == BODY
    assert code(patch(sender, url, len(BODY), b"x")) == (409, "upload.whole")
    assert offset(sender, url) == len(BODY)


def test_a_wrong_offset_is_refused_and_nothing_is_lost(sender: Client, cast: Cast) -> None:
    upload, url = begun(sender, cast)
    patch(sender, url, 0, BODY[:100])
    for at in (0, 99, 101, len(BODY)):
        assert code(patch(sender, url, at, b"xxx")) == (409, "upload.wrong_offset")
    assert (upload.folder / store.ORIGINAL).read_bytes() == BODY[:100]
    assert code(patch(sender, url, 100, BODY)) == (422, "upload.too_much")
    assert offset(sender, url) == 100


def test_one_request_writes_at_a_time(sender: Client, cast: Cast) -> None:
    upload, url = begun(sender, cast)
    with (upload.folder / store.ORIGINAL).open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert code(patch(sender, url, 0, BODY[:10])) == (423, "upload.busy")
    assert patch(sender, url, 0, BODY[:10]).status_code == 204


def test_two_writers_at_once_never_mix(cast: Cast, sender: Client) -> None:
    """Both begin at the same offset: one wins, the other one is told to look again."""
    upload, _url = begun(sender, cast)
    go, outcomes = threading.Barrier(2), []

    class Slow:
        def __init__(self, letter: bytes) -> None:
            self.left = [letter * 1000] * 3

        def read(self, size: int) -> bytes:
            return self.left.pop() if self.left else b""

    def write(letter: bytes) -> None:
        go.wait(10)
        try:
            outcomes.append(store.append(upload, 0, Slow(letter)))  # type: ignore[arg-type]
        except Exception as error:
            outcomes.append(error)

    writers = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for each in writers:
        each.start()
    for each in writers:
        each.join(20)
    assert 3000 in outcomes
    assert sorted(type(each).__name__ for each in outcomes if each != 3000)[0] in ("Busy", "Conflict")
    assert (upload.folder / store.ORIGINAL).read_bytes() in (b"a" * 3000, b"b" * 3000)


def test_what_was_written_before_a_kill_counts(sender: Client, cast: Cast) -> None:
    """The process ends in the middle of a piece: what is on disk is the offset, and sending goes on there."""

    class Dies:
        def __init__(self) -> None:
            self.pieces = [BODY[:3000]]

        def read(self, size: int) -> bytes:
            if not self.pieces:
                raise KeyboardInterrupt
            return self.pieces.pop()

    upload, url = begun(sender, cast)
    with pytest.raises(KeyboardInterrupt):
        store.append(upload, 0, Dies())  # type: ignore[arg-type]
    assert offset(sender, url) == 3000
    assert patch(sender, url, 3000, BODY[3000:]).status_code == 204
    assert (upload.folder / store.ORIGINAL).read_bytes() == BODY


def test_a_last_piece_whose_answer_was_lost_is_found(
    sender: Client, cast: Cast, woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    upload, _url = begun(sender, cast)
    (upload.folder / store.ORIGINAL).write_bytes(BODY)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    upload.refresh_from_db()
    assert upload.state == U.CHECKING and woken == [(INGEST, upload.public_id)]


def test_the_protocol_is_asked_for(sender: Client, cast: Cast) -> None:
    _upload, url = begun(sender, cast)
    told = sender.options(url)
    assert (told.status_code, told["Tus-Version"], told["Tus-Max-Size"]) == (204, "1.0.0", str(services.MAX_BYTES))
    assert told["Tus-Extension"] == "creation,expiration,termination"
    old = sender.head(url, HTTP_TUS_RESUMABLE="0.2.2", HTTP_ACCEPT="application/json")
    assert (old.status_code, old["Tus-Version"]) == (412, "1.0.0")
    assert code(patch(sender, url, 0, b"x", content_type="text/plain")) == (415, "upload.wrong_type")
    assert code(sender.patch(url, b"x", content_type="application/offset+octet-stream", **TUS)) == (422, "upload.bad_header")


def test_taking_it_back_leaves_nothing(sender: Client, cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    upload, url = begun(sender, cast)
    with django_capture_on_commit_callbacks(execute=True):
        assert sender.delete(url, **TUS).status_code == 204
    assert not upload.folder.exists() and not Upload.objects.exists()
    assert code(patch(sender, url, 0, b"x")) == (404, "upload.not_found")
    assert create(sender, cast.session.public_id).status_code == 201


def test_limits_of_file_person_and_session(sender: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    session = cast.session.public_id
    assert code(create(sender, session, size=services.MAX_BYTES + 1)) == (413, "upload.too_large")
    assert code(create(sender, session, size=0)) == (422, "upload.empty")
    assert code(create(sender, session, name="bài giảng.pptx")) == (422, "upload.wrong_kind")
    begun(sender, cast)
    assert code(create(sender, session)) == (409, "upload.under_way")
    others = []
    for _ in range(3):
        other = make_session(cast.session.conference, state=SessionState.ENDED)
        summon(other, cast.technician, Role.TECHNICIAN)
        others.append(create(sender, other.public_id))
    assert [answer.status_code for answer in others] == [201, 201, 429]
    assert "3" in others[-1].json()["error"]["text"]


def test_a_name_with_nul_is_refused(sender: Client, cast: Cast) -> None:
    assert code(create(sender, cast.session.public_id, name="a\0b.mp4")) == (422, "upload.bad_metadata")


def test_uploads_of_a_person_are_counted_one_after_the_other(sender: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite, which has one writer anyway, forgets that it was asked; what counts is that the row is held before the counting."""
    asked: list[str] = []
    count = QuerySet.count

    def counted(rows: QuerySet[Any]) -> int:
        if rows.model is Upload:
            asked.append("count")
        return count(rows)

    def locked(rows: QuerySet[Any], **how: Any) -> QuerySet[Any]:
        asked.append(f"lock {rows.model.__name__} {how}")
        return rows

    monkeypatch.setattr(QuerySet, "count", counted)
    monkeypatch.setattr(QuerySet, "select_for_update", locked)
    begun(sender, cast)
    assert asked[:2] == ["lock User {'no_key': True}", "count"]


def test_room_for_live_recordings_stays_free(sender: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    free = space.reserve_bytes() + len(BODY) - 1
    monkeypatch.setattr("media.space.shutil.disk_usage", lambda path: usage(0, 0, free))
    answer = create(sender, cast.session.public_id)
    assert code(answer) == (507, "upload.no_space")
    assert "Không đủ chỗ trên máy chủ" in answer.json()["error"]["text"]
    free += 1
    _upload, url = begun(sender, cast)
    free = space.reserve_bytes() + 5
    assert code(patch(sender, url, 0, BODY)) == (507, "upload.no_space")
    free = space.reserve_bytes() + len(BODY)
    assert patch(sender, url, offset(sender, url), BODY).status_code == 204


@pytest.mark.parametrize(
    ("state", "days", "own", "taken"),
    [
        (SessionState.ENDED, -1, None, True),
        (SessionState.ENDED, -1, Recording.State.FAILED, True),
        (SessionState.ENDED, -1, Recording.State.DONE, False),
        (SessionState.ENDED, -1, Recording.State.CLOSING, False),
        (SessionState.SCHEDULED, -1, None, True),
        (SessionState.SCHEDULED, 1, None, False),
        (SessionState.LIVE, 0, None, False),
    ],
)
def test_which_sessions_take_one(client: Client, data_dir: Path, state: str, days: int, own: str | None, taken: bool) -> None:
    cast = make_cast(state=state, planned_start=now() + dt.timedelta(days=days))
    if own:
        cast.session.recording_id = make_recording(session=cast.session.public_id, state=own).public_id
        cast.session.save()
    client.force_login(cast.technician)
    page = client.get(reverse("media:upload", kwargs={"session": cast.session.public_id}))
    assert (b"data-upload-file" in page.content) == taken
    answer = create(client, cast.session.public_id)
    assert answer.status_code == 201 if taken else code(answer) == (409, "upload.not_wanted")
    ways = client.get(reverse("session", kwargs={"session_id": cast.session.public_id})).content.decode()
    assert ("Thêm bản ghi" in ways) == taken


def test_only_who_manages_the_recording_may(cast: Cast, sender: Client, client: Client) -> None:
    _upload, url = begun(sender, cast)
    for person in (cast.delegate, cast.presenter, make_cast().technician):
        client.force_login(person)
        page = client.get(reverse("media:upload", kwargs={"session": cast.session.public_id}))
        assert page.status_code == 403
        assert create(client, cast.session.public_id).status_code == 403
        assert patch(client, url, 0, b"x").status_code == 403
    client.logout()
    assert code(patch(client, url, 0, b"x")) == (401, "core.not_signed_in")


def test_other_pages_cannot_send(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.technician)
    assert create(client, cast.session.public_id).status_code == 403
    page = client.get(reverse("media:upload", kwargs={"session": cast.session.public_id}))
    token = page.context["config"]["csrf"]
    answer = create(client, cast.session.public_id, HTTP_X_CSRFTOKEN=token)
    assert answer.status_code == 201
    assert patch(client, answer["Location"], 0, BODY).status_code == 403
    assert patch(client, answer["Location"], 0, BODY, HTTP_X_CSRFTOKEN=token).status_code == 204


def test_what_nobody_goes_on_with_is_removed(sender: Client, cast: Cast) -> None:
    upload, url = begun(sender, cast)
    patch(sender, url, 0, BODY[:10])
    Upload.objects.update(touched_at=now() - services.KEPT + dt.timedelta(minutes=1))
    sweep()
    assert upload.folder.exists()
    Upload.objects.update(touched_at=now() - services.KEPT - dt.timedelta(minutes=1))
    sweep()
    assert not upload.folder.exists() and not Upload.objects.exists()


def test_the_page_asks_for_the_same_file_again(sender: Client, cast: Cast) -> None:
    upload, url = begun(sender, cast)
    patch(sender, url, 0, BODY[: len(BODY) // 2])
    page = sender.get(reverse("media:upload", kwargs={"session": cast.session.public_id}))
    text = page.content.decode()
    assert "chọn lại đúng tệp: họp.mp4" in text and 'value="50"' in text
    assert page.context["config"]["known"] == {"url": url, "name": "họp.mp4", "size": len(BODY), "modified_ms": 17}
    assert upload.public_id in url
