"""Samples for the style page: every component of the design in its states, with plausible content."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import home


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label=_("Title"), help_text=_("As it stands on the invitation."))
    place = forms.CharField(label=_("Place"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("live", _("Live session")), ("rehearsal", _("Rehearsal"))])
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    answer = forms.ChoiceField(
        label=_("Choose one"), widget=forms.RadioSelect, choices=[("a", _("The first answer")), ("b", _("The second answer"))]
    )
    file = forms.FileField(label=_("Slides (PDF)"), required=False)
    agreed = forms.BooleanField(label=_("Record this session"), required=False)


def sample(request: HttpRequest) -> dict[str, Any]:
    """Context of ``people/style.html``."""
    now = timezone.now()
    return {
        "form": SampleForm(initial={"title": "Hội nghị quán triệt Nghị quyết số 57-NQ/TW", "answer": "a"}),
        "wrong": SampleForm({"title": "", "kind": "live"}, prefix="wrong"),
        "icons": [
            "mic",
            "mic-off",
            "video",
            "hand",
            "presentation",
            "users",
            "circle-check",
            "triangle-alert",
            "wifi-off",
            "timer",
        ],
        "tones": ["plain", "brand", "gold", "ok", "bad", "info"],
        "tokens": ["paper", "surface", "sunken", "line", "ink", "muted", "brand", "gold", "ok", "bad", "info"],
        "moments": [
            now - dt.timedelta(days=1),
            now + dt.timedelta(minutes=30),
            now + dt.timedelta(hours=5),
            now + dt.timedelta(days=2, hours=1),
            now + dt.timedelta(days=12),
        ],
        "cards": home.Cards(
            todo=(
                home.TodoCard(
                    "Trắc nghiệm Nghị quyết 57", "#", "12 câu · 15 phút · còn 2 lượt", due=now + dt.timedelta(days=2, hours=3)
                ),
                home.TodoCard(
                    "Xem nốt Chuyên đề 1", "#", "Đã xem 41/60 phút", icon="circle-play", tone="brand", action="Xem tiếp"
                ),
            ),
        ),
    }
