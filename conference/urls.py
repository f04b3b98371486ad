"""Addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, path

from conference.views import agenda, conferences, decks, keeping, live, operations, roster, sessions, streams, whip

urlpatterns: list[URLPattern] = [
    path("hoi-nghi/", conferences.index, name="conferences"),
    path("hoi-nghi/moi/", conferences.create, name="conference-new"),
    path("hoi-nghi/<slug:conference_id>/", conferences.page, name="conference"),
    path("hoi-nghi/<slug:conference_id>/sua/", conferences.edit, name="conference-edit"),
    path("hoi-nghi/<slug:conference_id>/phien-moi/", sessions.create, name="session-new"),
    path("hoi-nghi/<slug:conference_id>/bai-chieu/", decks.index, name="decks"),
    path("hoi-nghi/<slug:conference_id>/bai-chieu/tai-len/", decks.upload, name="deck-upload"),
    path("phien/<slug:session_id>/", sessions.page, name="session"),
    path("phien/<slug:session_id>/trang-thai/", sessions.status, name="session-status"),
    path("phien/<slug:session_id>/sua/", sessions.edit, name="session-edit"),
    path("phien/<slug:session_id>/chuong-trinh/", agenda.edit, name="session-agenda"),
    path("phien/<slug:session_id>/trieu-tap/", roster.page, name="session-roster"),
    path("phien/<slug:session_id>/trieu-tap/them/", roster.summon, name="session-summon"),
    path("phien/<slug:session_id>/trieu-tap/<slug:person_id>/bo/", roster.dismiss, name="session-dismiss"),
    path("phien/<slug:session_id>/thiet-bi/", streams.page, name="session-streams"),
    path("phien/<slug:session_id>/thiet-bi/<slug:key_id>/thu-hoi/", streams.revoke, name="session-stream-revoke"),
    *(
        route
        for kind in ("whip", "whep")
        for route in (
            path(f"{kind}/<slug:key_id>", whip.endpoint, {"kind": kind}, name=f"{kind}-endpoint"),
            path(f"{kind}/<slug:key_id>/<slug:resource_id>", whip.resource, {"kind": kind}, name=f"{kind}-resource"),
        )
    ),
    path("van-hanh/", operations.page, name="operations"),
    path("sap-xoa/", keeping.index, name="recordings-going"),
    path("hop/<slug:session_id>/", live.room, name="room"),
    path("hop/<slug:session_id>/dieu-hanh/", live.console, name="console"),
    path("bai-chieu/<slug:deck_id>/", decks.view, name="deck"),
    path("bai-chieu/<slug:deck_id>/xoa/", decks.remove, name="deck-remove"),
    path("bai-chieu/<slug:deck_id>/<int:number>.png", decks.page, name="deck-page"),
]
