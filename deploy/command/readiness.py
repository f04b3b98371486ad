"""Whether a run is ready, asked of ``/healthz``; and what the person at the console is told when it is."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from pathlib import Path

from deploy.command.places import DEFAULT_DATA, RUN_HEADER
from deploy.command.say import line

PATIENCE_S = 30.0
"""A run whose pages answer, but of which a part is not well, is announced after this time, with the names of the parts."""


class Readiness:
    """Asked again and again by the supervisor. ``unwell`` names the parts that do not work although the pages answer.

    ``run``: what the web process was given as ``DIEMCAU_RUN``; whoever else answers there is not ours.
    """

    def __init__(self, url: str, run: str) -> None:
        self._url = url
        self._run = run
        self._answered_at: float | None = None
        self.unwell: list[str] = []

    async def __call__(self) -> bool:
        status, parts = await asyncio.to_thread(self._ask)
        if status == 0:
            return False
        if self._answered_at is None:
            self._answered_at = time.monotonic()
        self.unwell = parts
        return status == 200 or time.monotonic() - self._answered_at > PATIENCE_S

    def _ask(self) -> tuple[int, list[str]]:
        """Status of ``/healthz`` (0: nobody of ours answers) and the parts that are not well."""
        try:
            with urllib.request.urlopen(self._url, timeout=3) as answer:  # noqa: S310  (our own http address)
                return (answer.status, []) if answer.headers.get(RUN_HEADER) == self._run else (0, [])
        except urllib.error.HTTPError as error:
            if error.headers.get(RUN_HEADER) != self._run:
                return 0, []
            try:
                parts = json.load(error)["parts"]
                return error.code, [str(name) for name, part in parts.items() if not part["ok"]]
            except (ValueError, KeyError, TypeError):
                return error.code, ["web"]
        except OSError:
            return 0, []


def announce(address: str, data: Path, *, demo: bool, unwell: list[str]) -> None:
    """The address, the demo's logins, and how to stop."""
    line()
    line(f"  Điểm Cầu sẵn sàng · ready:  {address}")
    if unwell:
        names, logs = ", ".join(unwell), data / "logs"
        line(f"  ⚠ chưa chạy · not up yet: {names} (nếu còn lâu, xem · if it lasts, see {logs})")
    for login in _logins(data) if demo else []:
        what = login.get("what") or login.get("role", "")
        line(f"    {login.get('username', ''):<18} {login.get('password', ''):<18} {what}")
    if not demo:
        folder = "" if data == DEFAULT_DATA else f"DIEMCAU_DATA={data} "
        line(f"  Tài khoản đầu tiên · the first account:  {folder}./diemcau manage createsuperuser")
    line("  Ctrl-C để dừng · Ctrl-C stops everything")
    line()


def _logins(data: Path) -> list[dict[str, str]]:
    try:
        logins = json.loads((data / "demo-logins.json").read_text())
    except (OSError, ValueError):
        return []
    return [login for login in logins if isinstance(login, dict)]
