"""More people for the demonstration's session, on the data of ``DIEMCAU_DATA``.

``python -m benchmarks.parts.crowd delegates COUNT`` summons delegates, already signed in, and prints {"session": id, "chair":
cookies, "delegates": [cookies, …]}. ``python -m benchmarks.parts.crowd sites COUNT`` makes sites until the simulation
has so many.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def summon_sites(count: int) -> dict[str, Any]:
    """Sites of their own operators, whom ``./diemcau simulate`` then knows."""
    from pathlib import Path

    from django.conf import settings

    from conference.models import RosterEntry, Session, Site
    from people.models import User
    from people.permissions import Role

    path = Path(settings.DATA_DIR) / "demo-simulated.json"
    known = json.loads(path.read_text())
    like = User.objects.get(username=known["sites"][0])
    session = Session.objects.filter(rehearsal=False).latest("pk")
    entry = RosterEntry.objects.filter(session=session, role=Role.SITE_OPERATOR).select_related("unit").first()
    assert entry is not None
    names = [f"bench-site-{number:03}" for number in range(len(known["sites"]), count)]
    for name in names:
        label = f"Điểm cầu {name[-3:]}"
        operator = User.objects.create(
            username=name, password=like.password, full_name=label, name_folded=label.casefold(), unit=entry.unit
        )
        site = Site.objects.create(name=label, unit=entry.unit, operator=operator)
        session.conference.sites.add(site)
        RosterEntry.objects.create(session=session, person=operator, unit=entry.unit, site=site, role=Role.SITE_OPERATOR)
    path.write_text(json.dumps({**known, "sites": [*known["sites"], *names]}))
    return {"session": session.public_id, "sites": len(known["sites"]) + len(names)}


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
    print(json.dumps({"delegates": summon, "sites": summon_sites}[sys.argv[1]](int(sys.argv[2]))))
