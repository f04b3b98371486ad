"""Addresses of attendance."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.attendance import room_view, views

urlpatterns: list[URLPattern] = [
    path("phien/<slug:session_id>/diem-danh/", views.roll, name="attendance"),
    path("phien/<slug:session_id>/diem-danh.xlsx", views.workbook, name="attendance-xlsx"),
    path("phien/<slug:session_id>/diem-danh/phong/", room_view.room, name="attendance-room"),
    path("phien/<slug:session_id>/diem-danh/nguoi/<slug:person_id>/", views.trail, name="attendance-trail"),
]
