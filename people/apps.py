from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "people"

    def ready(self) -> None:
        from core import navigation

        navigation.register(navigation.NavItem(0, "home", _("My page"), "house"))
