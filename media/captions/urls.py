"""Addresses of captions, below their recording."""

from __future__ import annotations

from django.urls import path

from media.captions import views

_OF = "ban-ghi/<slug:public_id>/phu-de/"
_TRACK = f"{_OF}<slug:track_id>/"
urlpatterns = [
    path(_OF, views.index, name="captions"),
    path(f"{_OF}them/", views.add, name="captions_add"),
    path(_TRACK, views.editor, name="captions_editor"),
    path(f"{_TRACK}luu/", views.save, name="captions_save"),
    path(f"{_TRACK}thay/", views.replace, name="captions_replace"),
    path(f"{_TRACK}xoa/", views.remove, name="captions_remove"),
    path(f"{_TRACK}khoi-phuc/<int:number>/", views.restore, name="captions_restore"),
    path(f"{_TRACK}lien-ket/", views.fresh_links, name="captions_links"),
    path(f"{_TRACK}loi/", views.cues, name="captions_cues"),
    path(f"{_TRACK}phu-de.vtt", views.webvtt, name="captions_vtt"),
    path(f"{_TRACK}phu-de.srt", views.subrip, name="captions_srt"),
]
