"""Template parts of learning. ``{% load training %}`` first."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def marks(value: Decimal) -> str:
    """Marks as people write them, with at most two decimals and no needless zeros: "11", "1,5", "0,33"."""
    rounded = round(Decimal(value), 2)
    return number_format(f"{rounded.normalize() + 0:f}")
