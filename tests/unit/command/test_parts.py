"""Small parts of the command: stamps, what is said, ports, Node's version."""

from __future__ import annotations

import http.server
import socket
import threading
from pathlib import Path

import pytest

from deploy.command import network, readiness, say, tools
from deploy.command.places import RUN_HEADER
from deploy.command.stamps import Stamp, digest, files_under


def test_stamp_when_inputs_change_is_not_current(tmp_path: Path) -> None:
    source, product = tmp_path / "lock", tmp_path / "built"
    source.write_text("a==1")
    product.mkdir()
    stamp = Stamp("step", digest([source]), tmp_path / "stamps")
    assert not stamp.is_current(product)
    stamp.write()
    assert stamp.is_current(product)
    source.write_text("a==2")
    assert not Stamp("step", digest([source]), tmp_path / "stamps").is_current(product)


def test_stamp_when_product_is_gone_is_not_current(tmp_path: Path) -> None:
    stamp = Stamp("step", digest([]), tmp_path)
    stamp.write()
    assert not stamp.is_current(tmp_path / "gone")


def test_digest_when_a_file_moves_or_vanishes_differs(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("x")
    one, other, none = (digest([tmp_path / name]) for name in ("a", "b", "c"))
    assert len({one, other, none, digest([tmp_path / "a"], "more")}) == 4


def test_files_under_when_there_are_builds_leaves_them_out(tmp_path: Path) -> None:
    for name in ("src/room/main.ts", "node_modules/vite/index.js", "dist/main.js", "package.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    assert [str(path.relative_to(tmp_path)) for path in files_under(tmp_path)] == ["package.json", "src/room/main.ts"]


@pytest.mark.parametrize(
    "text",
    [
        "Looking in indexes: https://user:secret@registry.example/simple/",
        "npm error request to https://registry.example/vite failed",
        "error at 'redis://:secret@127.0.0.1:6379/0'",
    ],
)
def test_scrubbed_when_text_holds_addresses_hides_them(text: str) -> None:
    clean = say.scrubbed(text)
    assert "example" not in clean and "secret" not in clean and "…" in clean


def test_trouble_when_told_shows_the_last_lines_without_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    details = "\n".join([f"line {number}" for number in range(100)] + ["from https://registry.example/x"])
    say.trouble(say.Trouble("it failed", details))
    told = capsys.readouterr().err
    assert told.startswith("diemcau: it failed\n")
    assert "line 99" in told and "line 5\n" not in told and "example" not in told


def test_step_when_it_fails_says_so_and_raises(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(say.Trouble), say.step("Build"):
        raise say.Trouble("no")
    assert "✗ Build" in capsys.readouterr().out


def test_claim_tcp_when_port_is_zero_gives_a_free_one() -> None:
    port = network.claim_tcp("127.0.0.1", 0)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_claim_udp_when_default_is_taken_takes_another_but_not_for_a_wish() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert network.claim_udp("127.0.0.1", None, port) != port
        with pytest.raises(say.Trouble, match="--media-port"):
            network.claim_udp("127.0.0.1", port, port)


def test_is_own_when_address_is_of_another_network_is_false() -> None:
    assert network.is_own("127.0.0.1")
    assert not network.is_own("192.0.2.1")  # TEST-NET-1: on no machine


def test_find_node_when_version_is_asked_of_no_program_is_too_old() -> None:
    assert tools._node_version("/nonexistent/node") < tools.NODE_AT_LEAST


def test_readiness_when_nobody_answers_is_not_ready() -> None:
    import asyncio

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ready = readiness.Readiness(f"http://127.0.0.1:{closed.getsockname()[1]}/healthz", "ours")
        assert asyncio.run(ready()) is False


@pytest.mark.parametrize(("run", "ready"), [("ours", True), ("another", False), (None, False)])
def test_readiness_when_another_one_has_the_port_is_not_ready(run: str | None, ready: bool) -> None:
    import asyncio

    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            if run is not None:
                self.send_header(RUN_HEADER, run)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        asked = readiness.Readiness(f"http://127.0.0.1:{server.server_port}/healthz", "ours")
        assert asyncio.run(asked()) is ready
