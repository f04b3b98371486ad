"""Addresses of this app."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("training.attendance.urls")),
    path("", include("training.modules.urls")),
    path("", include("training.replay.urls")),
    path("", include("training.quiz.urls")),
]
