"""What the database holds of media nodes: one home a session, one placement on a node."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from media.models import MediaNode, Placement

pytestmark = pytest.mark.django_db


def test_placement_when_a_session_has_a_home_allows_edges_only() -> None:
    home, edge, third = (MediaNode.objects.create(address=f"unix:/run/node{number}.sock") for number in range(3))
    Placement.objects.create(session="s1", node=home, home=True)
    Placement.objects.create(session="s1", node=edge, home=False)
    Placement.objects.create(session="s2", node=edge, home=True)
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        Placement.objects.create(session="s1", node=third, home=True)
    with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
        Placement.objects.create(session="s1", node=edge, home=False)
    assert [(each.session, each.home, each.node) for each in Placement.objects.all()] == [
        ("s1", True, home),
        ("s1", False, edge),
        ("s2", True, edge),
    ]
