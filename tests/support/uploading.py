"""An ended session without a recording, in a running product's data: ``python -m tests.support.uploading USER`` prints its id."""

from __future__ import annotations

import datetime as dt
import os
import sys


def make(username: str) -> str:
    """``username`` is its technician; public id of the session."""
    from conference.domain.program import State
    from conference.models import Conference, RosterEntry, Session
    from core.clock import now
    from people.models import User
    from people.permissions import Role

    conference = Conference.objects.order_by("pk")[0]
    start = now() - dt.timedelta(days=2)
    session = Session.objects.create(
        conference=conference, title="Phiên tổ chức tại hội trường", planned_start=start, state=State.ENDED
    )
    user = User.objects.get(username=username)
    RosterEntry.objects.create(session=session, person=user, unit=user.unit or conference.organiser, role=Role.TECHNICIAN)
    return session.public_id


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    django.setup()
    print(make(sys.argv[1]))
