"""``/healthz`` tells what works and what does not, and nothing else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from core import health, heartbeat
from media import wire


@pytest.fixture
def node(data_dir: Path, settings: Settings) -> Iterator[list[bytes]]:
    """Something that answers on the control socket; what it says can be changed."""
    path = data_dir / "run" / "node.sock"
    settings.MEDIA_NODES = [f"unix:{path}"]
    answer = [wire.encode(wire.Welcome(boot="b", started_ms=0, last=0))]
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(answer[0])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield answer
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def ask(client: Client) -> tuple[int, dict[str, dict[str, object]]]:
    response = client.get("/healthz")
    assert response["Cache-Control"] == "no-store"
    return response.status_code, response.json()["parts"]


@pytest.mark.django_db
def test_health_when_all_parts_work(client: Client, node: list[bytes]) -> None:
    heartbeat.beat()
    status, parts = ask(client)
    assert status == 200, parts
    assert {"database", "channel_layer", "broker", "worker", "disk", "media_node"} <= set(parts)
    assert all(part["ok"] for part in parts.values())


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [{"REMOTE_ADDR": "10.0.0.9"}, {"HTTP_X_FORWARDED_FOR": "10.0.0.9"}])
def test_health_tells_others_only_what_works(client: Client, node: list[bytes], asked: dict[str, str]) -> None:
    heartbeat.beat()
    parts = client.get("/healthz", **asked).json()["parts"]  # type: ignore[arg-type]  # the stubs know no such headers
    assert parts["disk"] == {"ok": True} and {key for part in parts.values() for key in part} == {"ok"}


@pytest.mark.django_db
def test_health_when_node_is_gone_names_it_and_tells_no_path(client: Client, data_dir: Path, settings: Settings) -> None:
    settings.MEDIA_NODES = [f"unix:{data_dir}/run/node.sock"]
    heartbeat.beat()
    status, parts = ask(client)
    assert status == 503
    assert [name for name, part in parts.items() if not part["ok"]] == ["media_node"]
    assert str(data_dir) not in json.dumps(parts)


@pytest.mark.django_db
def test_one_node_of_several_is_enough(client: Client, node: list[bytes], data_dir: Path, settings: Settings) -> None:
    settings.MEDIA_NODES = [f"unix:{data_dir}/run/node-2.sock", *settings.MEDIA_NODES]
    heartbeat.beat()
    status, parts = ask(client)
    assert status == 200 and parts["media_node"]["note"] == "1 of 2"


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [b"nonsense\n", b"", b'{"type": "done", "id": 1}\n'], ids=["nonsense", "nothing", "other"])
def test_health_when_node_answers_wrongly(client: Client, node: list[bytes], answer: bytes) -> None:
    node[0] = answer
    heartbeat.beat()
    status, parts = ask(client)
    assert status == 503
    assert parts["media_node"]["note"] == "NodeSilent"


@pytest.mark.django_db
def test_health_when_worker_is_silent(
    client: Client, node: list[bytes], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    heartbeat.beat()
    monkeypatch.setattr(heartbeat, "STALE_S", -1.0)
    status, parts = ask(client)
    assert status == 503
    assert parts["worker"] == {"ok": False, "ms": parts["worker"]["ms"], "note": "WorkerSilent"}


@pytest.mark.django_db
def test_health_when_the_worker_lives_but_sweeps_no_more(
    client: Client, node: list[bytes], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    heartbeat.beat()
    heartbeat.swept()
    assert ask(client)[0] == 200
    monkeypatch.setattr(heartbeat, "SWEEP_STALE_S", -1.0)
    status, parts = ask(client)
    assert (status, parts["worker"]["note"]) == (503, "WorkerStuck")


@pytest.mark.django_db
def test_health_when_disk_is_nearly_full(client: Client, node: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat.beat()
    monkeypatch.setattr(health, "DISK_FREE_MB", 1 << 40)
    status, parts = ask(client)
    assert status == 503
    assert parts["disk"]["note"] == "DiskLow"


def test_health_when_database_is_unreachable(client: Client, node: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> str:
        raise ConnectionError("postgres://user:secret@host refused")

    monkeypatch.setitem(health._checks, "database", fails)
    heartbeat.beat()
    status, parts = ask(client)
    assert status == 503
    assert parts["database"]["note"] == "ConnectionError"
    assert "secret" not in json.dumps(parts)
