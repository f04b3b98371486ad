"""What clips ask of a person, on the home page: to approve what waits for a second person, to change what was returned."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.home import Cards, TodoCard
from media.clips.models import Clip, ClipEvent
from media.keeping.selectors import GONE
from people.models import User
from people.permissions import Action, can

_MOST_LOOKED_AT = 100
"""The newest clips that wait; who may approve them is asked one by one."""


def cards(user: User) -> Cards:
    """In the language that is active now."""
    return Cards(todo=(*_to_approve(user), *_to_change(user)))


def _to_approve(user: User) -> list[TodoCard]:
    own = Q(made_by=user) | Q(pk__in=ClipEvent.objects.filter(by=user, kind=ClipEvent.Kind.EDITED).values("clip"))
    waiting = _there().filter(state=Clip.State.READY).exclude(own)[:_MOST_LOOKED_AT]
    return [
        _card(clip, _("A clip waits for your approval · %(recording)s") % {"recording": clip.recording.title})
        for clip in waiting
        if can(user, Action.CLIP_APPROVE, clip)
    ]


def _to_change(user: User) -> list[TodoCard]:
    returned = _there().filter(state=Clip.State.RETURNED, made_by=user)[:_MOST_LOOKED_AT]
    return [
        _card(clip, _("Your clip was returned: %(reason)s") % {"reason": clip.reason})
        for clip in returned
        if can(user, Action.CLIP_MAKE, clip)
    ]


def _there() -> QuerySet[Clip]:
    """Clips of recordings that are not deleted."""
    return Clip.objects.exclude(recording__state__in=GONE).select_related("recording")


def _card(clip: Clip, note: str) -> TodoCard:
    return TodoCard(title=clip.title, url=reverse("clips:detail", args=[clip.public_id]), note=note, icon="film")
