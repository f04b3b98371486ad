"""Addresses of recordings, inside their modules and by themselves."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.replay import views


def _pages(base: str, name: str) -> list[URLPattern]:
    return [
        path(base, views.replay_page, name=name),
        path(f"{base}cho/", views.waiting, name=f"{name}_waiting"),
        path(f"{base}quyen-xem/", views.lease, name=f"{name}_lease"),
        path(f"{base}nhip/", views.beats, name=f"{name}_beats"),
        path(f"{base}lien-ket/", views.renewed_links, name=f"{name}_links"),
        path(f"{base}tai-ve/", views.download, name=f"{name}_download"),
        path(f"{base}ma-qr.svg", views.qr, name=f"{name}_qr"),
        path(f"{base}trang-chieu/<slug:deck>/<int:number>.jpg", views.slide, name=f"{name}_slide"),
    ]


urlpatterns = [
    *_pages("hoc-tap/xem-lai/<slug:public_id>/", "replay"),
    *_pages("phien/<slug:session_id>/xem-lai/", "session_replay"),
]
