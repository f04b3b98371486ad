from __future__ import annotations

import pytest
from pytest_django import Settings


@pytest.fixture
def quick_passwords(settings: Settings) -> None:
    """Hashing that takes no time: these tests are not about how passwords are stored."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
