"""Tables of a conference: its sites, sessions, rosters, seats, decks, agenda, and the history of the program."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conference.domain.program import State
from core.ids import new_id
from media.keeping.models import Keeping
from media.keeping.rules import Policy, Rule
from people.models import OrgUnit, User
from people.permissions import Role


def _public_id() -> models.CharField[str, str]:
    return models.CharField(max_length=16, unique=True, default=new_id, editable=False)


class Site(models.Model):
    """A room with one device that stands for the people in it (điểm cầu). Permanent, across conferences."""

    public_id = _public_id()
    name = models.CharField(max_length=160)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="sites")
    operator = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="operated_sites")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Conference(models.Model):
    """What a unit holds; it happens in sessions (rehearsals and live ones)."""

    public_id = _public_id()
    title = models.CharField(max_length=250)
    organiser = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="conferences")
    hub = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="hub_of")
    sites = models.ManyToManyField(Site, related_name="conferences", blank=True)
    keeping_policy = models.CharField(max_length=8, choices=Keeping.Policy, blank=True)
    """What becomes of its recordings of which nobody decided anything; blank: what the installation's rule says."""
    keeping_days = models.PositiveSmallIntegerField(default=0)
    """After so many days; 0 where they are kept for good, or the installation's rule holds."""
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.title

    @property
    def keeping_rule(self) -> Rule | None:
        """Its own rule for recordings; None where the installation's holds."""
        return Rule(Policy(self.keeping_policy), self.keeping_days) if self.keeping_policy else None

    def role_of(self, user: User) -> Role | None:
        """The organising unit's organisers work as its secretaries; others have the role that a session's roster gives them."""
        if user.platform_role == User.PlatformRole.ORGANISER and user.unit_id == self.organiser_id:
            return Role.SECRETARY
        entries = RosterEntry.objects.filter(session__conference=self, person=user)
        roles = {Role(role) for role in entries.values_list("role", flat=True)}
        return next((role for role in Role if role in roles), None)


class Session(models.Model):
    """One sitting of a conference, with its own program, attendance and recording (phiên).

    ``program`` is :meth:`conference.domain.program.Program.dump`; ``seq`` numbers every event that leaves for the pages.
    """

    public_id = _public_id()
    conference = models.ForeignKey(Conference, on_delete=models.PROTECT, related_name="sessions")
    title = models.CharField(max_length=200)
    rehearsal = models.BooleanField(default=False)
    held_elsewhere = models.BooleanField(default=False)
    """Without this system, so that only a recording can be added."""
    planned_start = models.DateTimeField()
    planned_minutes = models.PositiveSmallIntegerField(default=120)
    state = models.CharField(max_length=12, default=State.SCHEDULED, choices=[(s.value, s.value) for s in State])
    program = models.JSONField(default=dict)
    seq = models.PositiveBigIntegerField(default=0)
    recording_id = models.CharField(max_length=16, blank=True)
    """Public id of the ``media.Recording``; set when the session goes live."""
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["planned_start"]

    def __str__(self) -> str:
        return self.title

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`."""
        role = self.roster.filter(person=user).values_list("role", flat=True).first()
        return Role(role) if role else self.role_by_office(user)

    def role_by_office(self, user: User) -> Role | None:
        """The role of who is on no roster: the organising unit's organisers work as its secretaries."""
        organises = user.platform_role == User.PlatformRole.ORGANISER and user.unit_id == self.conference.organiser_id
        return Role.SECRETARY if organises else None


class RosterEntry(models.Model):
    """A person summoned to a session: in which role, and in which room (none: joins alone)."""

    class Mode(models.TextChoices):
        IN_ROOM = "in_room", _("In the room")
        ONLINE = "online", _("Online")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="roster")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="roster_entries")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+")
    """The person's unit at the time of the session; later moves do not change it."""
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="roster_entries")
    role = models.CharField(max_length=16, choices=[(r.value, r.value) for r in Role], default=Role.DELEGATE)
    planned_mode = models.CharField(max_length=8, choices=Mode, default=Mode.IN_ROOM)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["session", "person"], name="summoned_once")]


class Seat(models.Model):
    """A place in a session that a page takes: a site's (its operator opens it) or a single person's.

    The public id is the *peer* of the media plane. A seat stays when its page is gone; presence is a lease, not a row.
    """

    public_id = _public_id()
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="seats")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="seats")
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="seats")
    role = models.CharField(max_length=16, choices=[(r.value, r.value) for r in Role])
    name = models.CharField(max_length=160)
    caption = models.CharField(max_length=200, blank=True)
    # The page that sits here now: a lease that heartbeats prolong.
    holder_page = models.CharField(max_length=64, blank=True)
    """Random id of the page (browser tab) that holds the seat, made by the page and kept in its sessionStorage."""
    connection = models.CharField(max_length=32, blank=True)
    """Random id of the WebSocket that speaks for the page now: an older socket of the same page has no say any more."""
    lease_until = models.DateTimeField(null=True, blank=True)
    online = models.BooleanField(default=False, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "site"], condition=Q(site__isnull=False), name="one_seat_per_site"),
            models.UniqueConstraint(fields=["session", "person"], condition=Q(person__isnull=False), name="one_seat_per_person"),
            models.CheckConstraint(
                condition=Q(site__isnull=False, person__isnull=True) | Q(site__isnull=True, person__isnull=False),
                name="seat_of_a_site_or_a_person",
            ),
        ]


class StreamKey(models.Model):
    """The right of an encoder (WHIP) or a player (WHEP) to use a seat. Its token was shown once; only the digest is kept."""

    class Kind(models.TextChoices):
        WHIP = "whip", _("Encoder (WHIP)")
        WHEP = "whep", _("Player (WHEP)")

    public_id = _public_id()
    """Part of the address; no secret."""
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="stream_keys")
    kind = models.CharField(max_length=4, choices=Kind)
    digest = models.CharField(max_length=64)
    """SHA-256 of the token, hexadecimal. A token is 256 random bits, so nothing slower is needed."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    resource = models.CharField(max_length=32, blank=True)
    """Random id of the connection that runs by this key, as its address names it; empty for none."""

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]


class AgendaItem(models.Model):
    """One line of a session's agenda. Real times are in the program's history."""

    class Kind(models.TextChoices):
        ITEM = "item", _("Item")
        BREAK = "break", _("Break")

    public_id = _public_id()
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=250)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.ITEM)
    planned_start = models.DateTimeField()
    planned_minutes = models.PositiveSmallIntegerField()
    presenter = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    attendance_required = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["session", "position"], name="agenda_position_once")]


def _deck_path(deck: Deck, filename: str) -> str:
    return f"decks/{deck.public_id}/source.pdf"


class Deck(models.Model):
    """A PDF that became page images. Rendered by a task; usable when ``state`` is ready."""

    class DeckState(models.TextChoices):
        RENDERING = "rendering", _("Being prepared")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    public_id = _public_id()
    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="decks")
    title = models.CharField(max_length=200)
    file = models.FileField(upload_to=_deck_path)
    state = models.CharField(max_length=12, choices=DeckState, default=DeckState.RENDERING)
    error_code = models.CharField(max_length=40, blank=True)
    page_count = models.PositiveSmallIntegerField(default=0)
    # The job that renders it: whoever holds the lease; prolonged with every page.
    lease = models.CharField(max_length=16, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.title

    @property
    def rendered(self) -> int:
        """How many of its pages are ready to be shown."""
        return self.pages.count()

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`: a deck belongs to its conference."""
        return self.conference.role_of(user)


class DeckPage(models.Model):
    """One page as an image under ``decks/<deck>/<number>.png`` of the uploads folder."""

    deck = models.ForeignKey(Deck, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["deck", "number"], name="page_number_once")]


class ProgramEntry(models.Model):
    """The program as it became at ``at``: append-only; chapters, minutes and attendance windows are read off it."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="history")
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=32)
    """What was done: ``session.started``, ``floor.granted``, ``content.page`` … (the command's past tense)."""
    actor = models.ForeignKey(Seat, null=True, on_delete=models.SET_NULL, related_name="+")
    program = models.JSONField()

    class Meta:
        ordering: ClassVar = ["seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["session", "seq"], name="program_seq_once")]


class ChatMessage(models.Model):
    class Room(models.TextChoices):
        ALL = "all", _("Everybody")
        TECHNICIANS = "technicians", _("Technicians")

    public_id = _public_id()
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="chat")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    room = models.CharField(max_length=12, choices=Room, default=Room.ALL)
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
