"""Recordings that will be deleted by their rule, told to those who may keep them; and the rule that a conference has."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from conference import onward, planning
from conference.models import Conference, Session
from media.keeping.rules import Rule
from media.keeping.selectors import going
from media.models import Recording
from people.models import User
from people.permissions import Action, can


@dataclass(frozen=True, slots=True)
class Notice:
    """A deletion that is announced. ``url``: where the recording can be watched, and its rule changed."""

    recording: Recording
    session: Session
    at: dt.datetime
    url: str


def notices(user: User, sessions: QuerySet[Session] | None = None) -> list[Notice]:
    """What is announced of recordings that ``user`` may manage, the one that goes first first; ``sessions``: of these alone, else
    of all in which they have a part."""
    among = sessions if sessions is not None else planning.sessions_of(user)
    announced = going(among.values_list("public_id", flat=True))
    if not announced:
        return []
    found = among.select_related("conference").filter(recording_id__in=[each.recording.public_id for each in announced])
    mine = {session.recording_id: session for session in found if can(user, Action.RECORDING_MANAGE, session)}
    return [
        Notice(each.recording, session, each.at, _url(session))
        for each in announced
        if (session := mine.get(each.recording.public_id)) is not None
    ]


def _url(session: Session) -> str:
    replay = onward.replay_url(session)
    return f"{replay}#keeping" if replay else reverse("session", args=[session.public_id])


def rule_on_session(session: str) -> Rule | None:
    """See :func:`media.keeping.defaults.register`: the rule of the conference of that session (public id)."""
    conference = Conference.objects.filter(sessions__public_id=session).first()
    return conference.keeping_rule if conference is not None else None
