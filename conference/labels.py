"""How roles and states are called, and what colour repeats them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conference.domain.program import State
from people.permissions import Role

ROLE_LABELS: dict[Role, Promise] = {
    Role.CHAIR: _("Chair"),
    Role.PRESENTER: _("Presenter"),
    Role.SECRETARY: _("Secretary"),
    Role.TECHNICIAN: _("Technician"),
    Role.SITE_OPERATOR: _("Site operator"),
    Role.DELEGATE: _("Delegate"),
    Role.VIEWER: _("Viewer"),
}
STATE_LABELS: dict[State, Promise] = {
    State.SCHEDULED: _("Not begun yet"),
    State.OPEN: _("Lobby open"),
    State.LIVE: _("On now"),
    State.BREAK: _("Paused"),
    State.ENDED: _("Ended"),
}
HELD_ELSEWHERE: Promise = _("Already held")
STATE_TONES = {State.SCHEDULED: "plain", State.OPEN: "info", State.LIVE: "brand", State.BREAK: "gold", State.ENDED: "plain"}

DECK_ERRORS: dict[str, Promise] = {
    "deck.broken": _("The PDF is damaged and cannot be opened. Export it again, then choose the new file."),
    "deck.render_failed": _("The pages could not be prepared. Remove the deck and upload it again."),
}
