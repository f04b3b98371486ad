"""What the home page shows of sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conference import planning
from conference.domain.program import State
from conference.keeping import Notice, notices
from conference.labels import STATE_LABELS
from conference.models import Session
from core import home
from core.clock import now
from people.models import User

SOON = dt.timedelta(minutes=30)
"""So long before its planned start a session counts as on: people come early."""
COMING_AT_MOST = 5
GOING_AT_MOST = 3
"""So many recordings that will be deleted stand on the page themselves."""


def cards(user: User) -> home.Cards:
    """See :mod:`core.home`."""
    lists = planning.session_lists(user)
    horizon = now() + SOON
    soon = [session for session in lists.coming if session.planned_start <= horizon]
    later = [session for session in lists.coming if session.planned_start > horizon]
    return home.Cards(
        now=tuple(_now_card(session, user) for session in [*lists.running, *soon]),
        coming=tuple(
            home.ComingCard(
                title=session.conference.title,
                at=timezone.localtime(session.planned_start),
                note=session.title,
                url=reverse("session", args=[session.public_id]),
            )
            for session in later[:COMING_AT_MOST]
        ),
        todo=tuple(_going_cards(notices(user))),
    )


def _going_cards(going: list[Notice]) -> Iterator[home.TodoCard]:
    for notice in going[:GOING_AT_MOST]:
        yield home.TodoCard(
            title=notice.recording.title,
            url=notice.url,
            note=_("The recording will be deleted on %(date)s. Keep it if it is still needed.")
            % {"date": date_format(timezone.localtime(notice.at), "d/m/Y")},
            icon="trash-2",
            due=notice.at,
            action=_("Look at it"),
            post=home.Post(
                _("Keep the recording"),
                reverse("media:keeping_hold", args=[notice.recording.public_id]),
                (("held", "1"), ("next", reverse("home"))),
            ),
        )
    further = going[GOING_AT_MOST:]
    if further:
        count = ngettext(
            "%(count)d further recording will be deleted", "%(count)d further recordings will be deleted", len(further)
        )
        yield home.TodoCard(
            title=count % {"count": len(further)},
            url=reverse("recordings-going"),
            note=_("Keep what is still needed."),
            icon="trash-2",
            due=further[0].at,
        )


def _now_card(session: Session, user: User) -> home.NowCard:
    state = State(session.state)
    site = planning.own_site(session, user)
    start = date_format(timezone.localtime(session.planned_start), "H:i")
    return home.NowCard(
        title=session.conference.title,
        url=reverse("room", args=[session.public_id]),
        action=_("Enter the conference"),
        state=str(STATE_LABELS[state]),
        live=state in planning.RUNNING,
        about=_("Planned for %(time)s") % {"time": start} + f" · {session.title}",
        note=_("Your site: %(site)s") % {"site": site.name} if site is not None else "",
    )
