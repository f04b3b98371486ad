"""How a person wants pages to look on this device, kept in cookies: the server writes it into the page before it paints."""

from __future__ import annotations

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")
TEXT_SIZES = ("usual", "large")
THEME_COOKIE = "diemcau_theme"
TEXT_COOKIE = "diemcau_text"
COOKIE_AGE_S = 365 * 24 * 3600


def theme(request: HttpRequest) -> str:
    """One of :data:`THEMES`; a cookie that says anything else counts as none."""
    value = request.COOKIES.get(THEME_COOKIE, "")
    return value if value in THEMES else "auto"


def text_size(request: HttpRequest) -> str:
    """One of :data:`TEXT_SIZES`."""
    value = request.COOKIES.get(TEXT_COOKIE, "")
    return value if value in TEXT_SIZES else "usual"
