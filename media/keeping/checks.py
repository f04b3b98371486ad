"""What an installation has set about recordings must mean something: else the wrong ones would be deleted, or none at all.

The texts are for whoever starts it, before any language is chosen: hence both.
"""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core import checks

from media import room
from media.keeping.rules import MOST_DAYS, Policy
from media.work.rules import LEAST_LEASE_S

TAG = "keeping"


def keeping_settings(**_: Any) -> list[checks.CheckMessage]:
    """One error for each setting that cannot be followed, naming its variable and what was typed."""
    found: list[checks.CheckMessage] = []
    policies = [policy.value for policy in Policy]
    if settings.KEEPING_POLICY not in policies:
        found.append(_error("DIEMCAU_KEEPING", settings.KEEPING_POLICY, ", ".join(policies), 1))
    for name, value, least, number in (
        ("DIEMCAU_KEEPING_DAYS", settings.KEEPING_DAYS, 1, 2),
        ("DIEMCAU_KEEPING_CAPTURE_DAYS", settings.KEEPING_CAPTURE_DAYS, 0, 3),
    ):
        if not least <= value <= MOST_DAYS:
            found.append(_error(name, value, f"{least}–{MOST_DAYS}", number))
    if settings.JOB_LEASE_S < LEAST_LEASE_S:
        found.append(_error("DIEMCAU_JOB_LEASE_S", settings.JOB_LEASE_S, f"≥ {LEAST_LEASE_S} (s)", 5))
    try:
        room.marks_of(settings.DISK_LOW_GB)
    except ValueError:
        found.append(_error(room.VARIABLE, settings.DISK_LOW_GB, "5, 2.5 (GB)", 4))
    return found


def _error(name: str, value: object, wanted: str, number: int) -> checks.Error:
    return checks.Error(
        f"{name} = {os.environ.get(name, value)!s}: giá trị không hợp lệ · is not a value that can be followed",
        hint=f"Đặt một trong các giá trị, hoặc bỏ biến này · Set one of these, or leave the variable out: {wanted}",
        id=f"media.E{number:03}",
    )
