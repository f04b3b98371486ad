from __future__ import annotations

from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "media"

    def ready(self) -> None:
        from core import health
        from media.clips import receivers  # noqa: F401  (importing registers them)
        from media.health import media_node

        health.register("media_node", media_node)
