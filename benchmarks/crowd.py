"""``python -m benchmarks.crowd COUNT``: summon so many delegates to the demonstration's session, already signed in.

Prints {"session": id, "chair": cookies, "delegates": [cookies, …]} as JSON. Works on the data of ``DIEMCAU_DATA``.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def summon(count: int) -> dict[str, Any]:
    """Make what is missing; whoever was summoned by an earlier call is signed in again."""
    from django.test import Client

    from conference.models import RosterEntry, Session
    from people.models import User

    session = Session.objects.filter(rehearsal=False).latest("pk")
    entry = RosterEntry.objects.filter(session=session).select_related("unit").first()
    assert entry is not None
    names = [f"bench-{number:04}" for number in range(count)]
    there = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    made = User.objects.bulk_create(
        User(username=name, full_name=f"Đại biểu {name[6:]}", name_folded=f"dai bieu {name[6:]}", unit=entry.unit)
        for name in names
        if name not in there
    )
    RosterEntry.objects.bulk_create(
        RosterEntry(session=session, person=user, unit=entry.unit, planned_mode=RosterEntry.Mode.ONLINE) for user in made
    )

    def cookies(user: User) -> str:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    return {
        "session": session.public_id,
        "chair": cookies(User.objects.get(username="chu-tri")),
        "delegates": [cookies(user) for user in User.objects.filter(username__in=names)],
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    import django

    django.setup()
    print(json.dumps(summon(int(sys.argv[1]))))
