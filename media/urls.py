"""Addresses of recordings and of what a player loads."""

from __future__ import annotations

from django.urls import path

from media import views
from media.upload import tus
from media.upload import views as uploads

app_name = "media"
urlpatterns = [
    path("phat/<str:token>/<path:file>", views.play, name="play"),
    path("ban-ghi/<slug:public_id>/phien-ban/", views.renditions, name="renditions"),
    path("ban-ghi/<slug:public_id>/dung-lai/", views.retry_whole, name="retry_whole"),
    path("phien-ban/<slug:public_id>/lam-lai/", views.retry, name="retry"),
    path("phien-ban/<slug:public_id>/huy/", views.cancel, name="cancel"),
    path("phien/<slug:session>/tai-ban-ghi/", uploads.page, name="upload"),
    path("phien/<slug:session>/tai-ban-ghi/tep/", tus.create, name="upload_create"),
    path("tai-ban-ghi/<slug:public_id>/tep/", tus.transfer, name="upload_transfer"),
    path("tai-ban-ghi/<slug:public_id>/", uploads.state, name="upload_state"),
    path("tai-ban-ghi/<slug:public_id>/lam-lai/", uploads.retry, name="upload_retry"),
    path("tai-ban-ghi/<slug:public_id>/huy/", uploads.cancel, name="upload_cancel"),
]
