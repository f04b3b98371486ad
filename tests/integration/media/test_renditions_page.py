from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from media.models import Recording, Rendition
from people.permissions import Role
from tests.factories.conference import make_user
from tests.factories.media import Roles, make_recording

pytestmark = pytest.mark.django_db
J = Rendition.State


@pytest.fixture
def recording() -> Recording:
    return make_recording(state=Recording.State.DONE)


def add(recording: Recording, kind: Rendition.Kind, state: Rendition.State, **fields: Any) -> Rendition:
    return Rendition.objects.create(recording=recording, kind=kind, state=state, **fields)


def page(client: Client, recording: Recording) -> str:
    answer = client.get(reverse("media:renditions", args=[recording.public_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_progress_is_told_in_words_and_percent_and_asks_again(client: Client, recording: Recording, roles: Roles) -> None:
    client.force_login(roles.give(make_user(), Role.SECRETARY))
    add(recording, Rendition.Kind.AUDIO, J.RUNNING, progress=0.427)
    add(recording, Rendition.Kind.POSTER, J.DONE, progress=1, bytes=34_000)
    text = page(client, recording)
    assert "42%" in text
    assert 'value="42"' in text
    assert "Đang tạo" in text
    assert "Sẵn sàng" in text
    assert 'hx-trigger="every 2s"' in text


def test_nothing_is_asked_again_when_all_is_done(client: Client, recording: Recording, roles: Roles) -> None:
    client.force_login(roles.give(make_user(), Role.VIEWER))
    add(recording, Rendition.Kind.POSTER, J.DONE, progress=1)
    add(recording, Rendition.Kind.MP4, J.FAILED, error_code="rendition.timeout")
    text = page(client, recording)
    assert "hx-trigger" not in text
    assert "kéo dài quá lâu" in text
    assert "<form" not in text, "a viewer changes nothing"


def test_who_only_watches_hears_of_the_download_alone(client: Client, recording: Recording, roles: Roles) -> None:
    client.force_login(roles.give(make_user(), Role.DELEGATE))
    add(recording, Rendition.Kind.P240, J.RUNNING, progress=0.5)
    mp4 = add(recording, Rendition.Kind.MP4, J.DONE, progress=1, bytes=34_000)
    text = page(client, recording)
    assert mp4.public_id in text and text.count("list-item") == 1
    assert "hx-trigger" not in text


def test_a_failed_one_is_tried_again_by_who_may(client: Client, recording: Recording, roles: Roles, woken: list[Any]) -> None:
    rendition = add(recording, Rendition.Kind.MP4, J.FAILED, error_code="rendition.failed")
    client.force_login(roles.give(make_user(), Role.SECRETARY))
    assert "Thử lại" in page(client, recording)
    answer = client.post(reverse("media:retry", args=[rendition.public_id]))
    assert "Đang chờ đến lượt" in answer.content.decode()
    rendition.refresh_from_db()
    assert rendition.state == J.QUEUED
    again = client.post(reverse("media:retry", args=[rendition.public_id]), headers={"Accept": "application/json"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "rendition.bad_step")
    stale = client.post(reverse("media:retry", args=[rendition.public_id]), headers={"HX-Request": "true"})
    text = stale.content.decode()
    assert stale.status_code == 200 and text.count("list-item") == 1, "the page that was out of date gets the present list"
    assert "vì trạng thái hiện tại là “Đang chờ đến lượt”" in text and "queued" not in text
    assert 'hx-swap-oob="beforeend:#toasts"' in text


def test_a_running_one_is_stopped_by_who_may(client: Client, recording: Recording, roles: Roles) -> None:
    rendition = add(recording, Rendition.Kind.MP4, J.RUNNING)
    client.force_login(roles.give(make_user(), Role.TECHNICIAN))
    assert client.post(reverse("media:cancel", args=[rendition.public_id])).status_code == 200
    rendition.refresh_from_db()
    assert rendition.state == J.CANCELLED


def test_a_failed_recording_is_rebuilt_by_who_may(client: Client, roles: Roles, woken: list[Any]) -> None:
    recording = make_recording(state=Recording.State.FAILED)
    client.force_login(roles.give(make_user(), Role.TECHNICIAN))
    assert "Dựng lại bản ghi" in page(client, recording)
    assert client.post(reverse("media:retry_whole", args=[recording.public_id])).status_code == 200


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DELEGATE, Role.PRESENTER, None])
def test_others_may_neither_retry_nor_stop(client: Client, recording: Recording, roles: Roles, role: Role | None) -> None:
    user = make_user()
    if role:
        roles.give(user, role)
    client.force_login(user)
    failed, running = add(recording, Rendition.Kind.MP4, J.FAILED), add(recording, Rendition.Kind.AUDIO, J.RUNNING)
    assert client.post(reverse("media:retry", args=[failed.public_id])).status_code == 403
    assert client.post(reverse("media:cancel", args=[running.public_id])).status_code == 403
    assert client.post(reverse("media:retry_whole", args=[recording.public_id])).status_code == 403


def test_a_stranger_sees_nothing(client: Client, recording: Recording) -> None:
    address = reverse("media:renditions", args=[recording.public_id])
    assert client.get(address).status_code == 302
    client.force_login(make_user())
    assert client.get(address).status_code == 403
    assert client.get(reverse("media:renditions", args=["gone23456789abcd"])).status_code == 404
