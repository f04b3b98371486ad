"""The Celery application: worker and beat of one installation."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

app = Celery("diemcau")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
