"""Logins made straight in the database of a data folder, for those who are simulated in numbers.

A password is slow to check on purpose; a hundred and more, checked by the one process that also serves the pages, would take
longer than all else that fills a session. ``python -m deploy.command.simulate.logins`` reads user names, a JSON list, and prints
a JSON object of their cookies.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from deploy.command.places import ROOT


async def log_in(data: Path, usernames: list[str]) -> dict[str, str]:
    """Cookies of those who are known there; none where the data folder is not the one of a database on this machine."""
    if not (data / "db.sqlite3").exists() or not usernames:
        return {}
    making = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.command.simulate.logins"),
        cwd=ROOT,
        env={**os.environ, "DIEMCAU_DATA": str(data)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    made, _ = await making.communicate(json.dumps(usernames).encode())
    cookies: dict[str, str] = json.loads(made.splitlines()[-1]) if making.returncode == 0 else {}
    return cookies


def _make(usernames: list[str]) -> dict[str, str]:
    from django.test import Client

    from people.models import User

    def cookies(user: User) -> str:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    return {user.username: cookies(user) for user in User.objects.filter(username__in=usernames)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    import django

    django.setup()
    print(json.dumps(_make(json.load(sys.stdin))))
