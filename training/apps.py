from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        from conference import onward as from_session
        from core import home, navigation
        from media import access, pages
        from training.attendance import onward as attendance
        from training.attendance import receivers  # noqa: F401  (connects itself to what the conference tells)
        from training.modules import home as learning
        from training.modules import onward

        paths = ("/trac-nghiem/", "/luot-thi/")
        navigation.register(navigation.NavItem(30, "learning", _("Learning"), "graduation-cap", prefixes=paths))
        home.register("training", learning.cards)
        from_session.register(module=onward.module_url, replay=onward.replay_url, attended=attendance.sites)
        from_session.register_further("attendance", attendance.links)
        access.register(onward.role_by_enrolment)
        pages.register(onward.recording_page)
