"""Prints the JSON schema of every message, from which ``web/scripts/wire.mjs`` generates the page's types.

Free of Django: ``python -m conference.schema``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from conference.protocol import Command, Event, ServerMessage


class _ForTypes(GenerateJsonSchema):
    """Fields have no titles (a generator would make a named type of each); what the server sends is always all there."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)


def schema() -> dict[str, Any]:
    """One JSON schema (draft 2020-12) whose ``$defs`` hold every message and view, and the unions ``Command``, ``Event`` and
    ``ServerMessage``. Commands as the server accepts them (defaults may be left out), the rest as it sends them (all there)."""
    unions, shared = TypeAdapter.json_schemas(
        [
            ("Command", "validation", TypeAdapter(Command)),
            ("Event", "serialization", TypeAdapter(Event)),
            ("ServerMessage", "serialization", TypeAdapter(ServerMessage)),
        ],
        schema_generator=_ForTypes,
    )
    definitions = {**shared["$defs"], **{name: {**union, "title": name} for (name, _mode), union in unions.items()}}
    return {
        "title": "Wire",
        "type": "object",
        "additionalProperties": False,
        "required": ["command", "event", "server"],
        "properties": {
            "command": {"$ref": "#/$defs/Command"},
            "event": {"$ref": "#/$defs/Event"},
            "server": {"$ref": "#/$defs/ServerMessage"},
        },
        "$defs": definitions,
    }


if __name__ == "__main__":
    json.dump(schema(), sys.stdout, indent=1, sort_keys=True)
