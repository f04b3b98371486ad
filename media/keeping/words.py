"""A rule in words."""

from __future__ import annotations

from django.utils.translation import gettext

from media.keeping.models import Keeping
from media.keeping.rules import Policy, Rule


def rule_text(rule: Rule) -> str:
    """Such as "Delete after 30 days"."""
    label = str(Keeping.Policy(rule.policy.value).label)
    if rule.policy is Policy.KEEP:
        return label
    return gettext("%(rule)s after %(days)s days") % {"rule": label, "days": rule.days}
