"""Every process of a run tells Prometheus how it does, at the places that the run has written down."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from deploy.command import metrics, network
from tests.support.product import running

WAIT_S = 60.0


def scrape(place: str) -> dict[tuple[str, ...], float]:
    """(name, values of the labels …) → value; empty while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{place}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape_until(place: str, *wanted: str) -> dict[tuple[str, ...], float]:
    """Scrape until metrics of all these names are there."""
    deadline = time.monotonic() + WAIT_S
    while True:
        found = scrape(place)
        if set(wanted) <= {name for name, *_ in found}:
            return found
        assert time.monotonic() < deadline, (place, sorted({name for name, *_ in found}))
        time.sleep(0.25)


def test_run_when_all_processes_are_up_tells_how_each_does(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, "--no-demo", "--nodes", "2") as product:
        groups = json.loads((data / "run" / metrics.TARGETS_FILE).read_text())
        places = {group["labels"]["process"]: group["targets"][0] for group in groups}
        assert set(places) == {"web", "node", "node-2", "worker", "beat"}
        for name in ("node", "node-2"):
            assert scrape_until(places[name], "diemcau_node_ticks_total")["diemcau_node_sessions",] == 0
        web = scrape_until(places["web"], "diemcau_http_requests_total")
        assert web["diemcau_http_requests_total", "GET", "2xx"] >= 1
        sent = scrape_until(places["beat"], "diemcau_tasks_sent_total")
        assert any(key[1].endswith(".sweep") for key in sent if key[0] == "diemcau_tasks_sent_total")
        worker = scrape_until(places["worker"], "diemcau_tasks_total", "diemcau_task_seconds_count", "diemcau_queue_messages")
        ended = {key[1:]: value for key, value in worker.items() if key[0] == "diemcau_tasks_total"}
        assert ended and all("success" in labels for labels in ended), ended
        assert worker["process_resident_memory_bytes",] > 10_000_000
        assert "metrics" not in product.output()
    assert not (data / "run" / metrics.TARGETS_FILE).exists()


def test_claim_when_ports_are_taken_finds_others() -> None:
    with socket.create_server((metrics.HOST, 0)) as one:
        taken = one.getsockname()[1]
        found = network.free_tcp(metrics.HOST, taken)
        assert found != taken
        assert network.free_tcp(metrics.HOST, found, {found}) != found
    places = metrics.claim(["node", "worker", "beat"])
    assert len(set(places.values())) == 3
