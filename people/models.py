"""Units as a tree over time, and the people in them."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import new_id
from people.names import address_name, folded, given_name


class OrgUnit(models.Model):
    """A unit as it was from ``valid_from`` until ``valid_to`` (exclusive; null = still). Identity is the code, never the name."""

    class Kind(models.TextChoices):
        PROVINCE = "province", _("Province")
        DISTRICT = "district", _("District")
        COMMUNE = "commune", _("Commune")
        AGENCY = "agency", _("Agency")
        CELL = "cell", _("Party cell")

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    name_folded = models.CharField(max_length=200, editable=False, db_index=True)
    kind = models.CharField(max_length=16, choices=Kind)
    valid_from = models.DateField(default=dt.date(2000, 1, 1))
    valid_to = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessors")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="unit_code_once_at_a_time"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")), name="unit_validity_forwards"
            ),
        ]
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_folded = folded(self.name)
        super().save(*args, **kwargs)


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, password, platform_role=User.PlatformRole.ADMIN, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with a login. What they may do in one conference is their role on its roster, not here."""

    class PlatformRole(models.TextChoices):
        MEMBER = "member", _("Member")
        ORGANISER = "organiser", _("Organiser")
        ADMIN = "admin", _("Administrator")

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    username = models.CharField(_("User name"), max_length=64, unique=True)
    full_name = models.CharField(_("Full name"), max_length=120)
    name_folded = models.CharField(max_length=120, editable=False, db_index=True)
    title = models.CharField(_("Position"), max_length=120, blank=True)
    phone = models.CharField(_("Telephone"), max_length=24, blank=True)
    email = models.EmailField(blank=True)
    unit = models.ForeignKey(OrgUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    platform_role = models.CharField(max_length=16, choices=PlatformRole, default=PlatformRole.MEMBER)
    language = models.CharField(max_length=5, default="vi")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["full_name"]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_folded = folded(self.full_name)
        super().save(*args, **kwargs)

    @property
    def given_name(self) -> str:
        """The name by which a person is addressed: the last word, as Vietnamese names go."""
        return given_name(self.full_name)

    @property
    def address_name(self) -> str:
        """How the pages greet this person."""
        return address_name(self.full_name)
