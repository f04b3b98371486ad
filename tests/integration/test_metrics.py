"""``/metrics`` of web: who may read it, and what it says."""

from __future__ import annotations

import pytest
from django.db import Error, connection, transaction
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from conference import metrics as of_sessions
from core import metrics
from core.errors import NotAllowed

pytestmark = pytest.mark.django_db


def samples(client: Client, **headers: str) -> dict[tuple[str, ...], float]:
    """(name, values of the labels …) → value."""
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 200 and response["Cache-Control"] == "no-store"
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def test_metrics_when_asked_here_without_a_token_are_told(client: Client) -> None:
    found = samples(client)
    assert found["diemcau_data_free_bytes",] > 0
    assert ("diemcau_session_pages",) in found and ("diemcau_websockets_open",) in found


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "203.0.113.5"}, {"X-Forwarded-For": ""}])
def test_metrics_when_a_proxy_asks_are_not_there(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/metrics", headers=headers).status_code == 404


def test_metrics_when_another_machine_asks_are_not_there(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.5").status_code == 404


def test_metrics_when_a_token_is_set_are_for_its_bearer(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "bí mật"  # noqa: S105  (of this test)
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    settings.METRICS_TOKEN = "secret"  # noqa: S105  (of this test)
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.5").status_code == 404
    answer = client.get("/metrics", REMOTE_ADDR="203.0.113.5", headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 200


def test_metrics_when_a_question_to_the_database_fails_count_it(client: Client) -> None:
    before = samples(client)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere_at_all")
    kinds = {key for key in samples(client) if key[0] == "diemcau_database_errors_total"}
    assert sum(metrics.DATABASE_ERRORS.labels(key[1])._value.get() for key in kinds) >= 1
    connection.ensure_connection()
    assert connection.execute_wrappers.count(metrics._measured) == 1
    assert before["diemcau_database_seconds_count",] >= 0


async def test_metered_http_when_answered_or_not_counts_by_class() -> None:
    async def answer(scope: dict[str, object], receive: metrics.Receive, send: metrics.Send) -> None:
        if scope["path"] == "/broken":
            raise RuntimeError
        await send({"type": "http.response.start", "status": 404})

    async def receive() -> metrics.Message:
        return {}

    async def send(message: metrics.Message) -> None:
        pass

    counters = {status: metrics.REQUESTS.labels("GET", status) for status in ("4xx", "5xx")}
    odd = metrics.REQUESTS.labels("other", "4xx")
    before = {status: counter._value.get() for status, counter in counters.items()}
    served = metrics.metered_http(answer)
    await served({"method": "GET", "path": "/"}, receive, send)
    with pytest.raises(RuntimeError):
        await served({"method": "GET", "path": "/broken"}, receive, send)
    await served({"method": "BREW", "path": "/"}, receive, send)
    assert {status: counter._value.get() - before[status] for status, counter in counters.items()} == {"4xx": 1, "5xx": 1}
    assert odd._value.get() >= 1


class Ends(Exception):
    """Stands for what ends a connection."""


@pytest.mark.parametrize(
    ("raised", "outcome"), [(None, "ok"), (NotAllowed(), "refused"), (Ends(), "ended"), (KeyError(), "failed")]
)
async def test_metered_when_a_command_ends_somehow_counts_it(raised: Exception | None, outcome: str) -> None:
    async def work() -> None:
        if raised is not None:
            raise raised

    counter = of_sessions.COMMANDS.labels("test.command", outcome)
    before = counter._value.get()
    try:
        await of_sessions.metered("test.command", work(), ending=(Ends,))
    except Exception as error:
        assert error is raised
    assert counter._value.get() == before + 1
