from __future__ import annotations

import datetime as dt

from django.utils.translation import override

from core.templatetags.ui import weekday


def test_weekday_is_written_out_in_both_languages() -> None:
    saturday = dt.date(2026, 11, 28)
    for language, word in (("vi", "Thứ Bảy"), ("en", "Saturday")):
        with override(language):
            assert weekday(saturday) == word
