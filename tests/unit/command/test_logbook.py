"""Logs of the processes: whole in files that do not grow for ever, short on the console."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from deploy.supervisor import logbook
from deploy.supervisor.logbook import Logbook, short


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"event": "request.done", "level": "info"}', None),
        (
            '{"event": "disk.low", "level": "warning", "free_mb": 3, "timestamp": "x", "logger": "y"}',
            "warning: disk.low free_mb=3",
        ),
        ('{"event": "task.failed", "level": "error", "exception": "Traceback\\nE"}', "error: task.failed\nTraceback\nE"),
        ("plain text", "plain text"),
        ("   ", None),
        ("[1, 2]", "[1, 2]"),
        ('{"no": "event"}', '{"no": "event"}'),
    ],
)
def test_short_when_line_is_of_any_kind(line: str, shown: str | None) -> None:
    assert short(line) == shown


def test_short_when_a_node_tells_its_starter_that_it_serves_is_silent() -> None:
    assert short("ready 43478") is None
    assert short("ready 43478", verbose=True) == "ready 43478"


def test_short_when_verbose_shows_information_too() -> None:
    assert short('{"event": "request.done", "level": "info", "ms": 3}', verbose=True) == "info: request.done ms=3"


def test_logbook_when_child_writes_keeps_all_and_shows_what_matters(tmp_path: Path) -> None:
    console = io.StringIO()
    book = Logbook(tmp_path, console=console)
    book.child("web", b'{"event": "quiet", "level": "info"}')
    book.child("web", "lỗi hiển thị".encode())
    book.child("web", b"\xff\xfe broken")
    book.event("child_ended", "web ended", child="web", code=3)
    book.close()
    assert (tmp_path / "web.log").read_bytes().splitlines()[0] == b'{"event": "quiet", "level": "info"}'
    assert console.getvalue().splitlines()[0] == "web     | lỗi hiển thị"
    assert "quiet" not in console.getvalue()
    assert "diemcau | web ended" in console.getvalue()
    event = json.loads((tmp_path / "supervisor.log").read_text())
    assert (event["event"], event["child"], event["code"]) == ("supervisor.child_ended", "web", 3)


def test_log_file_when_full_turns_and_keeps_a_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "MAX_FILE_BYTES", 100)
    book = Logbook(tmp_path, console=io.StringIO())
    for number in range(40):
        book.child("web", f"line {number:02} {'x' * 20}".encode())
    book.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert "line 39" in (tmp_path / "web.log").read_text()


def test_tail_when_asked_gives_the_last_lines_readable(tmp_path: Path) -> None:
    book = Logbook(tmp_path, console=io.StringIO())
    for number in range(30):
        book.child("web", json.dumps({"event": f"e{number}", "level": "info"}).encode())
    assert book.tail("web", 2) == "info: e28\ninfo: e29"
    assert book.tail("nobody") == ""
    book.close()
