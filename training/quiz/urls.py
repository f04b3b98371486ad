"""Addresses of quizzes and attempts."""

from __future__ import annotations

from django.urls import path

from training.quiz import managing, views

urlpatterns = [
    path("trac-nghiem/mau-cau-hoi.gift", managing.example, name="quiz_example"),
    path("trac-nghiem/<slug:public_id>/", views.quiz_page, name="quiz"),
    path("trac-nghiem/<slug:public_id>/bat-dau/", views.start, name="quiz_start"),
    path("luot-thi/<slug:public_id>/", views.attempt_page, name="attempt"),
    path("luot-thi/<slug:public_id>/luu/", views.save, name="attempt_save"),
    path("luot-thi/<slug:public_id>/nop-bai/", views.submit, name="attempt_submit"),
    path("luot-thi/<slug:public_id>/ket-qua/", views.result_page, name="attempt_result"),
    path("hoc-tap/<slug:public_id>/trac-nghiem-moi/", managing.new, name="quiz_new"),
    path("trac-nghiem/<slug:public_id>/quan-ly/", managing.manage, name="quiz_manage"),
    path("trac-nghiem/<slug:public_id>/nhap-cau-hoi/", managing.preview, name="quiz_import"),
    path("trac-nghiem/<slug:public_id>/nhap-cau-hoi/dong-y/", managing.confirm, name="quiz_import_confirm"),
    path("trac-nghiem/<slug:public_id>/cau-hoi.gift", managing.export, name="quiz_export"),
    path("trac-nghiem/<slug:public_id>/them-gio/<slug:attempt_id>/", managing.more_time, name="attempt_more_time"),
]
