from __future__ import annotations

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        from training.attendance import receivers  # noqa: F401  (connects itself to what the conference tells)
