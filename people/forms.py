"""Forms of signing in and of a person's own account."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth ships no types
    """User name and password, in our words and without placeholders that repeat the labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("User name"), _("Password")
        login.widget.attrs.update(autocapitalize="none", spellcheck="false", autofocus=True)
        password.help_text = ""
        for field in (login, password):
            field.widget.attrs.pop("placeholder", None)
        self.fields["remember"].label = _("Keep me signed in on this device")


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]
    """The old password once, the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": _("Current password"),
            "password1": _("New password"),
            "password2": _("New password again"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = _("At least 10 characters. A few words that only you put together are best.")

    def clean(self) -> dict[str, Any]:
        """A repeat that differs is reported also where the new password is refused for itself."""
        cleaned: dict[str, Any] = super().clean()
        again = cleaned.get("password2")
        if again and "password1" not in cleaned and self.data.get("password1", again) != again:
            self.add_error("password2", _("You must type the same password each time."))
        return cleaned


LANGUAGE_NAMES = [("vi", "Tiếng Việt"), ("en", "English")]  # each in its own words, so that nobody is locked in


class DisplayForm(forms.Form):
    """Language, theme and size of text."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGE_NAMES, widget=forms.RadioSelect)
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=[("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )
    text = forms.ChoiceField(
        label=_("Size of text"), choices=[("usual", _("Usual")), ("large", _("Large"))], widget=forms.RadioSelect
    )
