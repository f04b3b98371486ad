"""The logins of the demonstration: random for each installation, kept in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from deploy.demo.people import SIMULATED, Person
from people.models import User

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_ROLES = {
    "chu-tri": "Chủ trì", "bao-cao-vien": "Báo cáo viên", "thu-ky": "Thư ký", "ky-thuat": "Kỹ thuật viên",
    "diem-cau": "Điểm cầu", "dai-bieu": "Đại biểu", "quan-tri": "Quản trị",
}  # fmt: skip


def new_password() -> str:
    """Twelve letters and digits in three groups, 59 bits, easy to type from a screen."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def read_logins(path: Path) -> dict[str, str]:
    """Passwords by username as :func:`write_logins` wrote them; empty where there is no such file or it is damaged."""
    try:
        entries = json.loads(path.read_text())
        return {str(entry["username"]): str(entry["password"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def write_logins(path: Path, plan: Iterable[Person], passwords: dict[str, str]) -> None:
    """Replace ``path`` (mode 0600) by a list of {"role", "username", "password", "what"} of those with a printed login."""
    entries = [
        {"role": _ROLES[p.username], "username": p.username, "password": passwords[p.username], "what": p.what}
        for p in plan
        if p.username in passwords and p.username in _ROLES
    ]
    _write_private(path, entries)


def write_simulated(path: Path, plan: Iterable[Person], password: str) -> None:
    """Replace ``path`` (mode 0600) by what the simulation signs in with: {"password", "sites": […], "delegates": […]}."""
    people = [p for p in plan if p.what == SIMULATED]
    _write_private(
        path,
        {
            "password": password,
            "sites": [p.username for p in people if p.place],
            "delegates": [p.username for p in people if not p.place],
        },
    )


def set_passwords(accounts: dict[str, User], passwords: dict[str, str]) -> None:
    """Give each named account its password, and only those: hashing takes a good part of a second each."""
    for username, password in passwords.items():
        user = accounts[username]
        user.set_password(password)
        user.save(update_fields=["password"])


def read_simulated(path: Path) -> str | None:
    """The password that :func:`write_simulated` wrote, if any."""
    try:
        return str(json.loads(path.read_text())["password"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def named(plan: Iterable[Person]) -> list[str]:
    """Usernames with a printed login, in the order of the plan."""
    return [person.username for person in plan if person.username in _ROLES]


def _write_private(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    temporary.replace(path)
