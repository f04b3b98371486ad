"""Recordings as the tests want them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from media import access
from media.models import Recording
from people.models import User
from people.permissions import Role

ZERO_MS = 1_790_000_000_000


def make_recording(**fields: Any) -> Recording:
    fields.setdefault("session", "session2345")
    fields.setdefault("title", "Hội nghị quán triệt Nghị quyết số 57-NQ/TW")
    return Recording.objects.create(**fields)


def write_status(recording: Recording, **values: Any) -> Path:
    """What its egress would have left in the recording's folder."""
    status = {
        "state": "done", "zero_ms": ZERO_MS, "duration_ms": 7_000, "height": 360, "fps": 25,
        "codecs": "avc1.64001e,mp4a.40.2",
    } | values  # fmt: skip
    recording.folder.mkdir(parents=True, exist_ok=True)
    path = recording.folder / "recording.json"
    path.write_text(json.dumps(status))
    return path


class Roles:
    """Stands for the apps that know who has a part in a session."""

    def __init__(self) -> None:
        self.by_user: dict[str, Role] = {}

    def __call__(self, session: str, user: User) -> Role | None:
        return self.by_user.get(user.public_id)

    def give(self, user: User, role: Role) -> User:
        self.by_user[user.public_id] = role
        return user

    def __enter__(self) -> Roles:
        access.register(self)
        return self

    def __exit__(self, *error: object) -> None:
        access.unregister(self)
