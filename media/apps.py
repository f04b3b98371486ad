from __future__ import annotations

from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "media"

    def ready(self) -> None:
        from django.core import checks

        from core import health, home
        from media.clips import receivers  # noqa: F401  (importing registers them)
        from media.clips.home import cards
        from media.health import media_node
        from media.keeping.checks import TAG, keeping_settings

        checks.register(keeping_settings, TAG)
        health.register("media_node", media_node)
        home.register("clips", cards)
