"""Addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, path

from conference.views import decks, live

urlpatterns: list[URLPattern] = [
    path("hop/<slug:session_id>/", live.room, name="room"),
    path("hop/<slug:session_id>/dieu-hanh/", live.console, name="console"),
    path("bai-chieu/<slug:deck_id>/<int:number>.png", decks.page, name="deck-page"),
]
