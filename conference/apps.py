from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from people.models import User
    from people.permissions import Role


class ConferenceConfig(AppConfig):
    name = "conference"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from conference.home import cards
        from conference.keeping import rule_on_session
        from conference.uploads import Sessions
        from core import home, navigation
        from media import access, signals
        from media.keeping import defaults
        from media.upload import targets

        access.register(role_on_session)
        targets.register(Sessions())
        defaults.register(rule_on_session)
        home.register("conference", cards)
        prefixes = ("/phien/", "/bai-chieu/")
        navigation.register(navigation.NavItem(20, "conferences", _("Conferences"), "radio-tower", prefixes=prefixes))
        navigation.register(navigation.NavItem(90, "operations", _("Operations"), "gauge", shown_to=operates))
        for signal in (signals.recording_finished, signals.recording_failed):
            signal.connect(recording_changed, dispatch_uid="conference.recording_changed")
        _doubt_logins()


def _doubt_logins() -> None:
    from django.contrib.sessions.models import Session as Login
    from django.db.models.signals import post_delete, post_save

    from conference.login import login_ended, person_changed
    from people.models import User

    post_delete.connect(login_ended, sender=Login, dispatch_uid="conference.login_ended")
    post_save.connect(person_changed, sender=User, dispatch_uid="conference.person_changed")


def operates(person: Any) -> bool:
    """Whether somebody may look after the platform."""
    from people.permissions import Action, can

    return can(person, Action.PLATFORM_OPERATE)


def role_on_session(session_id: str, user: User) -> Role | None:
    """See :func:`media.access.register`: a recording is for those who have a part in its session."""
    from conference.models import Session

    session = Session.objects.select_related("conference").filter(public_id=session_id).first()
    return session.role_of(user) if session is not None else None


def recording_changed(sender: Any, recording: Any, **kwargs: Any) -> None:
    """See :mod:`media.signals`."""
    from conference.services.recording import recording_changed as changed
    from core.clock import now

    changed(recording=recording, now=now())
