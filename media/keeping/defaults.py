"""The rule of recordings of which nobody decided anything: their conference's, as the app above says, else the setting's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from media.keeping.rules import Policy, Rule

RuleOf = Callable[[str], "Rule | None"]
"""From a session's public id to the rule for its recordings; None where the installation's holds."""

_providers: list[RuleOf] = []


def register(rule_of: RuleOf) -> None:
    """For ``AppConfig.ready`` of the app above; the last one that registers answers."""
    _providers[:] = [rule_of]


@dataclass(frozen=True, slots=True)
class Default:
    """A rule, and whether the conference has it or the installation."""

    rule: Rule
    of_conference: bool


def installation_rule() -> Rule:
    """The setting's."""
    return Rule(Policy(settings.KEEPING_POLICY), settings.KEEPING_DAYS)


def default_of(session: str) -> Default:
    """What holds for recordings of the session with that public id."""
    rule = next((rule for rule_of in _providers if (rule := rule_of(session)) is not None), None)
    return Default(rule, of_conference=True) if rule is not None else Default(installation_rule(), of_conference=False)
