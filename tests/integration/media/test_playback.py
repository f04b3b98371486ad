from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.test import AsyncClient, Client

from media.models import Recording
from media.playback import links, login_of
from media.serving import MAX_PIECE
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_user
from tests.factories.media import Roles, make_recording, write_status

pytestmark = pytest.mark.django_db
PLAYLIST = "#EXTM3U\n#EXTINF:2.0,\nseg-00001.m4s\n"


@pytest.fixture
def viewer(roles: Roles) -> User:
    return roles.give(make_user(), Role.VIEWER)


@pytest.fixture
def recording(data_dir: Path) -> Recording:
    """A recording with one segment; a large download; no other renditions."""
    recording = make_recording()
    write_status(recording)
    for name, data in (
        ("hls/index.m3u8", PLAYLIST.encode()), ("hls/init.mp4", b"init"), ("hls/seg-00001.m4s", bytes(range(256)) * 400),
        ("poster.jpg", b"jpeg"),
    ):  # fmt: skip
        path = recording.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return recording


@pytest.fixture
def browser(client: Client, viewer: User) -> Client:
    client.force_login(viewer)
    return client


def base(recording: Recording, user: User, client: Client) -> str:
    """Where the files lie for ``user`` in the login of ``client``."""
    return links(recording, user, login_of(client.session.session_key)).master.removesuffix("master.m3u8")


def test_the_master_playlist_and_all_that_it_leads_to_are_given(browser: Client, recording: Recording, viewer: User) -> None:
    root = base(recording, viewer, browser)
    master = browser.get(root + "master.m3u8")
    assert master.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    text = master.content.decode()
    assert 'RESOLUTION=640x360,FRAME-RATE=25.000,CODECS="avc1.64001e,mp4a.40.2"\nhls/index.m3u8\n' in text
    assert "240p" not in text
    types = {
        name: browser.get(root + name).headers["Content-Type"]
        for name in ("hls/index.m3u8", "hls/init.mp4", "hls/seg-00001.m4s", "poster.jpg")
    }
    assert types == {
        "hls/index.m3u8": "application/vnd.apple.mpegurl", "hls/init.mp4": "video/mp4", "hls/seg-00001.m4s": "video/iso.segment",
        "poster.jpg": "image/jpeg",
    }  # fmt: skip


def test_links_name_only_what_is_made(recording: Recording, viewer: User) -> None:
    found = links(recording, viewer, "login")
    assert found.poster is not None
    assert (found.audio, found.download, found.thumbnails) == (None, None, None)


def test_playlists_are_asked_for_anew_and_segments_are_kept(browser: Client, recording: Recording, viewer: User) -> None:
    root = base(recording, viewer, browser)
    assert browser.get(root + "hls/index.m3u8").headers["Cache-Control"] == "private, no-cache"
    assert "immutable" in browser.get(root + "hls/seg-00001.m4s").headers["Cache-Control"]


def test_a_range_is_answered_with_that_part(browser: Client, recording: Recording, viewer: User) -> None:
    answer = browser.get(base(recording, viewer, browser) + "hls/seg-00001.m4s", headers={"Range": "bytes=256-259"})
    assert (answer.status_code, answer.content) == (206, b"\x00\x01\x02\x03")
    assert answer.headers["Content-Range"] == "bytes 256-259/102400"
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_range_beyond_the_end_is_refused(browser: Client, recording: Recording, viewer: User) -> None:
    answer = browser.get(base(recording, viewer, browser) + "hls/seg-00001.m4s", headers={"Range": "bytes=999999-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */102400")


def test_head_tells_the_size(browser: Client, recording: Recording, viewer: User) -> None:
    answer = browser.head(base(recording, viewer, browser) + "hls/seg-00001.m4s")
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, "102400", b"")


async def large(recording: Recording, viewer: User, client: AsyncClient, **headers: str) -> tuple[Any, bytes]:
    login = login_of((await client.asession()).session_key)
    path = links(recording, viewer, login).master.replace("master.m3u8", "video.mp4")
    answer: Any = await client.get(path, headers=headers)
    body = b"".join([chunk async for chunk in answer]) if answer.streaming else answer.content
    return answer, body


@pytest.mark.django_db(transaction=True)
async def test_a_large_download_comes_in_pieces(
    recording: Recording, viewer: User, async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.serving._PAUSE_S", 0)
    data = bytes(range(251)) * 25_000
    (recording.folder / "video.mp4").write_bytes(data)
    await async_client.aforce_login(viewer)
    answer, body = await large(recording, viewer, async_client)
    assert answer.streaming
    assert body == data
    assert answer.headers["Content-Length"] == str(len(data))
    named = 'attachment; filename="hoi-nghi-quan-triet-nghi-quyet-so-57-nq-tw.mp4"'
    assert answer.headers["Content-Disposition"] == named
    answer, body = await large(recording, viewer, async_client, Range="bytes=100-")
    assert answer.status_code == 206
    assert body == data[100 : 100 + MAX_PIECE]


def test_what_changed_meanwhile_is_not_put_together_with_what_was_there_before(
    browser: Client, recording: Recording, viewer: User
) -> None:
    url = base(recording, viewer, browser) + "hls/seg-00001.m4s"
    tag = browser.get(url).headers["ETag"]
    part = {"Range": "bytes=256-259"}
    assert browser.get(url, headers=part | {"If-Range": tag}).status_code == 206
    for known in (f"W/{tag}", '"other"', "Sat, 28 Nov 2026 10:00:00 GMT"):
        answer = browser.get(url, headers=part | {"If-Range": known})
        assert (answer.status_code, len(answer.content)) == (200, 102_400), known
    for known in (tag, f'"other", W/{tag}', "*"):
        answer = browser.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag), known
    (recording.folder / "hls/seg-00001.m4s").write_bytes(bytes(102_400))
    assert browser.get(url, headers=part | {"If-Range": tag}).status_code == 200
    assert browser.get(url, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("end", ["logout", "no part any more", "deleted", "file gone", "nothing"])
@pytest.mark.django_db(transaction=True)
async def test_a_running_download_ends_with_the_right_to_it(
    recording: Recording, viewer: User, async_client: AsyncClient, roles: Roles, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr("media.serving._PAUSE_S", 0)
    monkeypatch.setattr("media.serving._ASK_EVERY", MAX_PIECE)
    path = recording.folder / "video.mp4"
    path.write_bytes(bytes(6 << 20))
    await async_client.aforce_login(viewer)
    login = login_of((await async_client.asession()).session_key)
    answer: Any = await async_client.get(links(recording, viewer, login).master.replace("master.m3u8", "video.mp4"))
    given = 0
    async for chunk in answer:
        given += len(chunk)
        if given == MAX_PIECE + len(chunk):
            match end:
                case "logout":
                    await async_client.alogout()
                case "no part any more":
                    roles.by_user.clear()
                case "deleted":
                    await Recording.objects.aupdate(state=Recording.State.DELETING)
                case "file gone":
                    path.unlink()
    assert given == (6 << 20 if end == "nothing" else 2 * MAX_PIECE)


def test_nginx_gets_the_place_and_we_read_nothing(browser: Client, recording: Recording, viewer: User, settings: Any) -> None:
    settings.MEDIA_ACCEL = True
    answer = browser.get(base(recording, viewer, browser) + "hls/seg-00001.m4s")
    assert answer.content == b""
    assert answer.headers["X-Accel-Redirect"] == f"/_media/{recording.public_id}/hls/seg-00001.m4s"
    assert answer.headers["Content-Type"] == "video/iso.segment"


def test_what_is_not_there_is_not_found(browser: Client, recording: Recording, viewer: User) -> None:
    root = base(recording, viewer, browser)
    for name in (
        "hls/seg-00002.m4s",
        "240p/index.m3u8",
        "video.mp4",
        "recording.json",
        "hls/%2e%2e/recording.json",
        "hls/..%2frecording.json",
    ):
        assert browser.get(root + name).status_code == 404, name


def test_nothing_recorded_yet_is_said_in_words(browser: Client, recording: Recording, viewer: User) -> None:
    shutil.rmtree(recording.folder)
    answer = browser.get(base(recording, viewer, browser) + "master.m3u8", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "playback.not_begun"


def test_a_link_serves_only_the_person_for_whom_it_was_made(
    client: Client, recording: Recording, viewer: User, roles: Roles
) -> None:
    other = roles.give(make_user("Trần Văn Bình"), Role.VIEWER)
    client.force_login(other)
    assert client.get(base(recording, viewer, client) + "hls/index.m3u8").status_code == 403
    assert client.get(base(recording, other, client) + "hls/index.m3u8").status_code == 200


def test_a_link_serves_only_the_login_in_which_it_was_made(browser: Client, recording: Recording, viewer: User) -> None:
    root = base(recording, viewer, browser)
    elsewhere = Client(headers={"Accept": "application/json"})
    elsewhere.force_login(viewer)
    answer = elsewhere.get(root + "hls/seg-00001.m4s")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "playback.other_login")
    assert browser.get(root + "hls/seg-00001.m4s").status_code == 200
    browser.logout()
    browser.force_login(viewer)
    assert browser.get(root + "hls/seg-00001.m4s").status_code == 403, "it died with the login"


def test_a_link_serves_nobody_who_is_not_signed_in(client: Client, recording: Recording, viewer: User) -> None:
    answer = client.get(base(recording, viewer, client) + "hls/index.m3u8", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "core.not_signed_in")


def test_a_link_ends_when_the_part_in_the_session_ends(browser: Client, recording: Recording, viewer: User, roles: Roles) -> None:
    root = base(recording, viewer, browser)
    roles.by_user.clear()
    assert browser.get(root + "hls/seg-00001.m4s").status_code == 403


def test_a_link_expires(browser: Client, recording: Recording, viewer: User, settings: Any) -> None:
    assert links(recording, viewer, "login").lasts_s == 900
    root = base(recording, viewer, browser)
    settings.PLAYBACK_LINK_S = -1
    answer = browser.get(root + "hls/index.m3u8", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "playback.expired")


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "x:y:z",
        signing.dumps(["a", "b", "c"], salt="other"),
        signing.dumps("a", salt="media.playback"),
        signing.dumps(["a", "b"], salt="media.playback"),
    ],
    ids=["no signature", "no such signature", "of something else", "of no list", "too short"],
)
def test_a_forged_link_is_refused(browser: Client, recording: Recording, token: str) -> None:
    answer = browser.get(f"/phat/{token}/hls/index.m3u8", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "playback.bad_link")


def test_a_link_to_a_removed_recording_is_not_found(browser: Client, recording: Recording, viewer: User) -> None:
    root = base(recording, viewer, browser)
    recording.delete()
    assert browser.get(root + "hls/index.m3u8").status_code == 404
