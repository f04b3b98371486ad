"""The whole product through the one command: it comes up, mends itself, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from deploy.supervisor.kernel import descendants
from tests.support.product import Product, running

WAIT_S = 60.0


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def using(data: Path) -> list[int]:
    """Processes whose environment names the data folder: everything that the run started, however deep."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"DIEMCAU_DATA={data}".encode() in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def check_health(product: Product) -> None:
    status, body = product.health()
    assert status == 200 and body["ok"]
    assert set(body["parts"]) >= {"database", "channel_layer", "broker", "worker", "disk", "media_node"}
    assert "password" not in json.dumps(body) and str(product.data) not in json.dumps(body)


def check_restart(product: Product, name: str) -> None:
    before = product.pid_of(name)
    os.kill(before, signal.SIGKILL)
    until(lambda: product.pid_of(name) != before and product.health()[0] == 200)
    assert f"“{name}”" in product.output()


def test_run_when_children_crash_mends_itself_and_ctrl_c_ends_all(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, "--no-demo") as product:
        check_health(product)
        with urllib.request.urlopen(f"{product.url}/", timeout=10) as page:  # noqa: S310  (our own http address)
            assert page.status == 200 and b"<html" in page.read()
        for name in ("node", "worker", "web"):
            check_restart(product, name)
        assert len(using(data)) >= 4
        # The worker's own children, its pool, must end as well.
        until(lambda: descendants(product.pid_of("worker")))
        assert product.stop(signal.SIGINT) == 0
        assert using(data) == []
    assert "Traceback" not in product.output()


def test_run_when_demo_is_made_prints_the_logins_and_keeps_them_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as product:
        assert {"chu-tri", "bao-cao-vien", "diem-cau"} <= set(product.logins)
        assert stat.S_IMODE((data / "demo-logins.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600
        until(lambda: "Ctrl-C" in product.output())
        for username in product.logins:
            assert username in product.output()
        assert product.stop(signal.SIGTERM) == 0
    assert using(data) == []
