"""What web, worker and beat look at before they serve: whether what the environment sets can be followed."""

from __future__ import annotations

from django.core import checks

TAGS = ("keeping",)
"""System checks of settings. Those of code (addresses, models) are asked by ``./diemcau check`` and at migrating."""


def refuse_bad_settings() -> None:
    """Raises SystemExit that says each setting that is wrong, and what would be right. Django is set up."""
    wrong = [found for found in checks.run_checks(tags=TAGS) if found.is_serious() and not found.is_silenced()]
    if wrong:
        raise SystemExit("\n".join(f"{each.msg}\n    {each.hint}" for each in wrong))
