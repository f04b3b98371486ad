"""Every address of the site; each app brings its own."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("people.urls")),
    path("", include("core.urls")),
    path("", include("conference.urls")),
    path("", include("media.urls")),
    path("", include("media.clips.urls")),
    path("", include("training.urls")),
]

handler400 = "core.error_views.bad_request"
handler403 = "core.error_views.not_allowed"
handler404 = "core.error_views.not_found"
handler500 = "core.error_views.server_error"
