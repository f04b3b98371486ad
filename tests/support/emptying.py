"""Emptying the database after a test that commits: the tables in which something is, and no others.

Django's own way (``flush``) empties all of our sixty tables and then makes their content types and permissions anew, which takes
longer than most of these tests. What is left is the same: nothing but those two.
"""

from __future__ import annotations

from functools import cache

from django.db import connections, transaction

_MADE_BY_MIGRATE = {"auth_permission", "django_content_type"}


def empty_what_was_filled(case: object) -> None:
    """Stands for ``TransactionTestCase._fixture_teardown``. Numbers that were given are not given again, as with ``flush``."""
    for alias in connections:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            quoted = connections[alias].ops.quote_name
            cursor.execute(_question(alias))
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {quoted(table)}")  # noqa: S608  (a name of ours); references are looked at on commit


@cache
def _question(alias: str) -> str:
    """SQL that gives the names of the tables with rows."""
    quoted = connections[alias].ops.quote_name
    tables = sorted(set(connections[alias].introspection.django_table_names(include_views=False)) - _MADE_BY_MIGRATE)
    return " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quoted(table)})" for table in tables)  # noqa: S608
