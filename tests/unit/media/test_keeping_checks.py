"""Settings of keeping that cannot be followed are refused, by name."""

from __future__ import annotations

from typing import Any

import pytest

from media.keeping.checks import keeping_settings


def test_usual_settings_are_followed() -> None:
    assert keeping_settings() == []


@pytest.mark.parametrize(
    ("setting", "value", "variable"),
    [
        ("KEEPING_POLICY", "xoa", "DIEMCAU_KEEPING"),
        ("KEEPING_POLICY", "", "DIEMCAU_KEEPING"),
        ("KEEPING_DAYS", -1, "DIEMCAU_KEEPING_DAYS"),
        ("KEEPING_DAYS", 0, "DIEMCAU_KEEPING_DAYS"),
        ("KEEPING_DAYS", 3651, "DIEMCAU_KEEPING_DAYS"),
        ("KEEPING_CAPTURE_DAYS", -1, "DIEMCAU_KEEPING_CAPTURE_DAYS"),
        ("DISK_LOW_GB", "nhiều", "DIEMCAU_DISK_LOW_GB"),
        ("JOB_LEASE_S", 1, "DIEMCAU_JOB_LEASE_S"),
    ],
)
def test_what_means_nothing_is_refused_by_the_name_of_its_variable(
    settings: Any, monkeypatch: pytest.MonkeyPatch, setting: str, value: object, variable: str
) -> None:
    monkeypatch.setenv(variable, "như đã gõ")
    setattr(settings, setting, value)
    (error,) = keeping_settings()
    assert error.is_serious()
    assert error.msg.startswith(f"{variable} = như đã gõ: ") and error.hint
