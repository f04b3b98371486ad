"""Addresses of recordings and of what a player loads."""

from __future__ import annotations

from django.urls import include, path

from media import views
from media.keeping import views as keeping
from media.upload import tus
from media.upload import views as uploads

app_name = "media"
urlpatterns = [
    path("phat/<str:token>/<path:file>", views.play, name="play"),
    path("ban-ghi/<slug:public_id>/phien-ban/", views.renditions, name="renditions"),
    path("ban-ghi/<slug:public_id>/dung-lai/", views.retry_whole, name="retry_whole"),
    path("ban-ghi/<slug:public_id>/luu-giu/", keeping.card, name="keeping"),
    path("ban-ghi/<slug:public_id>/luu-giu/cach/", keeping.decide, name="keeping_decide"),
    path("ban-ghi/<slug:public_id>/luu-giu/giu-lai/", keeping.hold, name="keeping_hold"),
    path("ban-ghi/<slug:public_id>/xoa/", keeping.delete, name="keeping_delete"),
    path("phien-ban/<slug:public_id>/lam-lai/", views.retry, name="retry"),
    path("phien-ban/<slug:public_id>/huy/", views.cancel, name="cancel"),
    path("", include("media.captions.urls")),
    path("phien/<slug:session>/tai-ban-ghi/", uploads.page, name="upload"),
    path("phien/<slug:session>/tai-ban-ghi/tep/", tus.create, name="upload_create"),
    path("tai-ban-ghi/<slug:public_id>/tep/", tus.transfer, name="upload_transfer"),
    path("tai-ban-ghi/<slug:public_id>/", uploads.state, name="upload_state"),
    path("tai-ban-ghi/<slug:public_id>/lam-lai/", uploads.retry, name="upload_retry"),
    path("tai-ban-ghi/<slug:public_id>/huy/", uploads.cancel, name="upload_cancel"),
]
