"""Template parts of the design system. A builtin library: no ``{% load %}`` is needed.

{% icon "mic" %}                              decorative; {% icon "mic" _("Microphone on") %} when it stands alone
{% chip _("In progress") "brand" live=True %} tones: plain, brand, gold, ok, bad, info
{% field form.title %}                        label, control, help and errors of one form field
{% form_errors form %}                        what is wrong with the form as a whole
{% breadcrumb _("Conferences") list_url conference.title "" %}
{% empty "calendar" _("Nothing planned") _("Sessions appear here once …") %}
{% due card.due %}                            how long is left, as a chip
{% avatar user %}  {% initial user.full_name %}  {% mark %}
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms, template
from django.contrib.messages import constants
from django.http import HttpRequest
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django_vite.core.asset_loader import DjangoViteAssetLoader

from core import navigation, preferences

register = template.Library()
_SPRITE = "src/ui/icons.gen.svg"
_VIETNAMESE_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
_TONES = {constants.SUCCESS: "ok", constants.WARNING: "gold", constants.ERROR: "bad"}
_TOAST_ICONS = {"info": "info", "ok": "circle-check", "gold": "triangle-alert", "bad": "circle-alert"}
_TONE_CLASSES = {"plain": "", **{tone: f" chip-{tone}" for tone in ("brand", "gold", "ok", "bad", "info")}}


def _sprite_url() -> str:
    return str(DjangoViteAssetLoader.instance().generate_vite_asset_url(_SPRITE, "default"))


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """One icon of the sprite (``web/src/ui/icon-names.ts`` names them). ``size``: "s", "l" or nothing."""
    css = f"icon icon-{size}" if size else "icon"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>', css, label, _sprite_url(), name
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, _sprite_url(), name)


@register.simple_tag
def icon_sprite_url() -> str:
    """The sprite's address, for scripts that are no modules of the build."""
    return _sprite_url()


@register.simple_tag
def chip(text: str | Promise, tone: str = "plain", icon: str = "", dot: bool = False, live: bool = False) -> SafeString:
    """A state in words; the colour only repeats it."""
    css = "chip" + _TONE_CLASSES[tone] + (" chip-dot" if dot or live else "") + (" chip-live" if live else "")
    return format_html('<span class="{}">{}{}</span>', css, globals()["icon"](icon) if icon else "", text)


@register.inclusion_tag("core/parts/field.html")
def field(bound: forms.BoundField, label: str = "") -> dict[str, Any]:
    """One form field with its label, help and errors, wired for screen readers (Django adds ``aria-describedby``)."""
    widget = bound.field.widget
    kind = "usual"
    if widget.is_hidden:
        kind = "hidden"
    elif isinstance(widget, forms.CheckboxInput):
        kind = "checkbox"
    elif widget.use_fieldset:
        kind = "group"
    return {"field": bound, "kind": kind, "label": label or bound.label}


@register.inclusion_tag("core/parts/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """What is wrong with the form as a whole, as a notice that is read out."""
    return {"errors": form.non_field_errors() if form.is_bound else []}


@register.inclusion_tag("core/parts/breadcrumb.html")
def breadcrumb(*parts: str | Promise) -> dict[str, Any]:
    """Pairs of label and URL; an empty URL is the place where one is."""
    return {"crumbs": list(zip(parts[::2], parts[1::2], strict=True))}


@register.inclusion_tag("core/parts/empty.html")
def empty(icon: str, title: str, text: str = "", url: str = "", action: str = "") -> dict[str, str]:
    """What stands where a list has nothing: why, and what to do."""
    return {"icon": icon, "title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("core/parts/mark.html")
def mark() -> dict[str, str]:
    """The mark of Điểm Cầu, taking the theme's colours."""
    return {}


@register.simple_tag
def initial(full_name: str) -> str:
    """First letter of the given name, which in Vietnamese stands last."""
    words = full_name.split()
    return words[-1][0].upper() if words else "?"


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    """A person as a letter on a disc; the name stands beside it."""
    css = f"avatar avatar-{size}" if size else "avatar"
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, initial(str(person)))


@register.simple_tag
def due(moment: dt.datetime | None) -> SafeString | str:
    """How long is left until ``moment``: gold within three days, a plain date before that, trouble when it is past."""
    if moment is None:
        return ""
    left = moment - timezone.now()
    if left < dt.timedelta(0):
        return chip(gettext("Overdue"), "bad")
    if left < dt.timedelta(hours=1):
        return chip(gettext("Less than an hour left"), "gold")
    if left < dt.timedelta(days=1):
        hours = int(left.total_seconds() // 3600)
        return chip(ngettext("%(hours)d hour left", "%(hours)d hours left", hours) % {"hours": hours}, "gold")
    if left < dt.timedelta(days=4):
        return chip(ngettext("%(days)d day left", "%(days)d days left", left.days) % {"days": left.days}, "gold")
    return chip(date_format(timezone.localtime(moment), "d/m"))


@register.filter
def month_short(moment: dt.datetime) -> str:
    """The month beside a big day number: "Th 11" in Vietnamese, "Nov" in English."""
    local = timezone.localtime(moment)
    return f"Th {local:%m}" if get_language() == "vi" else date_format(local, "M")


@register.filter
def weekday(day: dt.date) -> str:
    """The day of the week as it is written out: "Thứ Bảy", "Saturday"."""
    return _VIETNAMESE_WEEKDAYS[day.weekday()] if get_language() == "vi" else date_format(day, "l")


@register.filter
def tone(level: int) -> str:
    """Tone of a message of ``django.contrib.messages``."""
    return _TONES.get(level, "info")


@register.filter
def tone_icon(tone: str) -> str:
    """Icon that goes with a tone of a message."""
    return _TOAST_ICONS[tone]


@register.simple_tag(takes_context=True)
def html_attributes(context: RequestContext) -> SafeString:
    """Language, theme and text size of this device, for ``<html>``; also on error pages, where there may be no request."""
    request = context.get("request")
    return format_html(
        'lang="{}" data-theme="{}" data-text="{}"',
        get_language() or "vi",
        preferences.theme(request) if isinstance(request, HttpRequest) else "auto",
        preferences.text_size(request) if isinstance(request, HttpRequest) else "usual",
    )


@register.simple_tag(takes_context=True)
def nav_items(context: RequestContext) -> list[tuple[navigation.NavItem, bool]]:
    """The main navigation of who is signed in with, for each entry, whether this page belongs to it."""
    request = context.get("request")
    path = request.path if isinstance(request, HttpRequest) else ""
    person = context.get("user")
    return [(item, item.is_current(path)) for item in navigation.items() if item.shown_to(person)]
