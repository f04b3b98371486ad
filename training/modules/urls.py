"""Addresses of learning."""

from __future__ import annotations

from django.urls import path

from training.modules import views

urlpatterns = [
    path("hoc-tap/", views.learning, name="learning"),
    path("hoc-tap/<slug:public_id>/", views.module_page, name="module"),
]
