from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from core.home import Cards


class DemoConfig(AppConfig):
    name = "deploy.demo"

    def ready(self) -> None:
        from core import home

        home.register("demo", label)


def label(user: Any) -> Cards:
    """Says on everybody's home page that what stands there is an example, where the demonstration was made."""
    from core.home import Cards

    made = (Path(settings.DATA_DIR) / "demo-logins.json").exists()
    return Cards(notices=(_("Demonstration data: units, people and dates are an example."),) if made else ())
