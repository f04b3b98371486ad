"""Addresses of the foundation itself."""

from __future__ import annotations

from django.urls import path

from core import health, metrics_page

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics_page.page, name="metrics"),
]
