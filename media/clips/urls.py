"""Addresses of clips: of those who make and approve them, and the public ones."""

from __future__ import annotations

from django.urls import path

from media.clips import public, views

app_name = "clips"
urlpatterns = [
    path("ban-ghi/<slug:public_id>/doan-cat/", views.index, name="index"),
    path("ban-ghi/<slug:public_id>/doan-cat/danh-sach/", views.listed, name="list"),
    path("ban-ghi/<slug:public_id>/doan-cat/lien-ket/", views.fresh_links, name="links"),
    path("doan-cat/<slug:clip_id>/", views.detail, name="detail"),
    path("doan-cat/<slug:clip_id>/sua/", views.edit, name="edit"),
    path("doan-cat/<slug:clip_id>/tien-do/", views.progress, name="progress"),
    path("doan-cat/<slug:clip_id>/tep/<slug:version>/<str:name>", views.file, name="file"),
    path("doan-cat/<slug:clip_id>/tao/", views.make, name="make"),
    path("doan-cat/<slug:clip_id>/dung/", views.stop, name="stop"),
    path("doan-cat/<slug:clip_id>/duyet/", views.approve, name="approve"),
    path("doan-cat/<slug:clip_id>/tra-lai/", views.send_back, name="return"),
    path("doan-cat/<slug:clip_id>/chia-se/", views.share, name="share"),
    path("doan-cat/<slug:clip_id>/thu-hoi/", views.withdraw, name="withdraw"),
    path("doan-cat/<slug:clip_id>/xoa/", views.delete, name="delete"),
    path("xem/<slug:share>/", public.shared, name="shared"),
    path("xem/<slug:share>/<str:name>", public.shared_file, name="shared_file"),
]
