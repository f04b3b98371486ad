from __future__ import annotations

from django.apps import AppConfig


class ConferenceConfig(AppConfig):
    name = "conference"
