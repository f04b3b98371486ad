"""Addresses of recordings, inside their modules and by themselves."""

from __future__ import annotations

from django.urls import path

from training.replay import views

urlpatterns = [
    path("hoc-tap/xem-lai/<slug:public_id>/", views.replay_page, name="replay"),
    path("hoc-tap/xem-lai/<slug:public_id>/cho/", views.waiting, name="replay_waiting"),
    path("hoc-tap/xem-lai/<slug:public_id>/quyen-xem/", views.lease, name="replay_lease"),
    path("hoc-tap/xem-lai/<slug:public_id>/nhip/", views.beats, name="replay_beats"),
    path("phien/<slug:session_id>/xem-lai/", views.replay_page, name="session_replay"),
    path("phien/<slug:session_id>/xem-lai/cho/", views.waiting, name="session_replay_waiting"),
    path("phien/<slug:session_id>/xem-lai/quyen-xem/", views.lease, name="session_replay_lease"),
    path("phien/<slug:session_id>/xem-lai/nhip/", views.beats, name="session_replay_beats"),
]
