"""The operators' page: who may see it, and what it says of nodes that run, are unused or are gone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conference import operations
from conference.domain.program import State
from conference.models import Seat
from core import heartbeat
from core.clock import now
from media.load import figures
from media.models import MediaNode, Placement, Recording
from media.room import MARKS, Room
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_session, make_user

pytestmark = pytest.mark.django_db
ADDRESSES = ["unix:/run/diemcau/node.sock", "tcp:192.0.2.7:4000"]
COUNTERS = {"sessions": 1, "peers_up": 2, "peers_down": 15, "datagrams_in": 100, "packets_out": 1000, "cpu_ms": 100}
LATER = {**COUNTERS, "datagrams_in": 300, "packets_out": 5321, "cpu_ms": 340, "rss_bytes": 90_000_000, "tick_late_ms": 7}


@pytest.fixture
def admin(settings: Settings, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Signed in as an administrator, in Vietnamese; nobody answers on any node's address."""
    settings.MEDIA_NODES = ADDRESSES[:1]
    monkeypatch.setattr("conference.views.operations.answers", lambda address: False)
    client = Client()
    client.force_login(make_user(platform_role=User.PlatformRole.ADMIN), backend="django.contrib.auth.backends.ModelBackend")
    return client


def heard(address: str, ago_s: float = 0.0, **more: float) -> MediaNode:
    at = now() - dt.timedelta(seconds=ago_s)
    told = {**figures(COUNTERS, LATER, 1.0), **more}
    return MediaNode.objects.create(address=address, boot="b", started_at=at, seen_at=at, figures=told)


def page(client: Client) -> str:
    response = client.get("/van-hanh/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("role", [User.PlatformRole.MEMBER, User.PlatformRole.ORGANISER])
def test_page_when_asked_by_others_is_refused_and_not_offered(admin: Client, role: Any) -> None:
    client = Client()
    client.force_login(make_user(platform_role=role), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/van-hanh/").status_code == 403
    assert "/van-hanh/" not in client.get("/").content.decode()
    assert "/van-hanh/" in admin.get("/").content.decode()


def test_page_when_the_one_node_runs_shows_its_figures_without_alarm(admin: Client) -> None:
    heartbeat.beat()
    heard(
        ADDRESSES[0],
        **{"dropped.stun": 4, "dropped.full_socket": 9, "dropped.new_cause": 1, "loss_up_mean": 12, "loss_up_worst": 153},
    )
    text = page(admin)
    assert "4.321" in text, "packets a second, grouped as in Vietnamese"
    assert "24%" in text and "7 ms" in text and "1,2%, cao nhất 15,3%" in text
    assert "bộ đệm gửi đầy 9 · STUN không hợp lệ 4 · new_cause 1" in text
    assert "có một nút media" in text
    assert "notice-bad" not in text
    assert 'hx-trigger="every 2s"' in text


def test_page_when_a_node_is_gone_says_since_when_and_what_to_do(admin: Client, settings: Settings) -> None:
    settings.MEDIA_NODES = ADDRESSES
    heard(ADDRESSES[0])
    heard(ADDRESSES[1], ago_s=60)
    text = page(admin)
    assert "Không phản hồi từ" in text and "chuyển sang nút khác" in text and "diemcau-node" in text
    assert "1/2" in text
    assert "có một nút media" not in text


def test_page_when_an_unheard_node_answers_is_not_alarmed(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat.beat()
    monkeypatch.setattr("conference.views.operations.answers", lambda address: True)
    text = page(admin)
    assert "Đang chạy, chưa dùng đến" in text
    assert "notice-bad" not in text


def test_page_when_no_worker_lives_says_so(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.heartbeat.age_s", lambda: None)
    assert "Tiến trình xử lý nền không phản hồi" in page(admin)


def test_overview_when_sessions_are_placed_tells_where(admin: Client, settings: Settings) -> None:
    settings.MEDIA_NODES = ADDRESSES
    home, edge = heard(ADDRESSES[1]), heard(ADDRESSES[0])
    session = make_session(state=State.LIVE)
    Seat.objects.create(session=session, person=make_user(), role=Role.CHAIR, name="Chủ trì", online=True)
    Seat.objects.create(session=session, person=make_user(), role=Role.DELEGATE, name="Đại biểu")
    make_session(state=State.SCHEDULED)
    Placement.objects.create(session=session.public_id, node=home, home=True)
    Placement.objects.create(session=session.public_id, node=edge, home=False)
    live = Recording.objects.create(session=session.public_id, title="Phiên", trouble="recording.disk_low", free_bytes=48 << 27)
    Recording.objects.create(session="other", title="Xong", state=Recording.State.DONE)
    seen = operations.overview(now(), ())
    assert [(row.session, row.online, row.seats, row.home, row.edges) for row in seen.sessions] == [(session, 1, 2, 2, (1,))]
    assert [row.recording for row in seen.recordings] == [live]
    assert seen.living == 2 and seen.online == 1
    text = page(admin)
    assert "Ổ đĩa sắp đầy (còn trống 6,0 GB)" in text and "Nút 2" in text


def test_overview_when_a_session_has_ended_no_longer_has_it_though_it_is_placed_still(settings: Settings) -> None:
    settings.MEDIA_NODES = ADDRESSES
    ended, tried = make_session(state=State.ENDED), make_session(state=State.SCHEDULED)
    node = heard(ADDRESSES[0])
    for session in (ended, tried):
        Placement.objects.create(session=session.public_id, node=node, home=True)
    assert [row.session for row in operations.overview(now(), ()).sessions] == [tried]


@pytest.mark.parametrize(
    ("age_s", "answers", "state"),
    [
        (0.5, False, "well"),
        (3.9, False, "well"),
        (4.1, False, "silent"),
        (4.1, True, "idle"),
        (None, False, "silent"),
        (None, True, "idle"),
    ],
)
def test_node_state(age_s: float | None, answers: bool, state: str) -> None:
    at = now()
    seen_at = at - dt.timedelta(seconds=age_s) if age_s is not None else None
    assert operations.node_state(seen_at, at, answers=answers) == state


def test_page_gives_the_free_space_and_marks_it_when_it_is_short(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, short in ((MARKS[Room.LOW], False), (MARKS[Room.LOW] - (1 << 30), True)):
        monkeypatch.setattr("conference.operations.free_bytes", lambda free=free: free)
        part = page(admin).split("Dung lượng trống cho bản ghi")[1].split("</dl>")[0]
        assert f"{free / (1 << 30):.1f}".replace(".", ",") in part
        assert ("bad-text" in part) == short
