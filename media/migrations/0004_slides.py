"""Slides as chapters."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("media", "0003_ladder")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="chapter",
            name="ref",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AlterField(
            model_name="chapter",
            name="kind",
            field=models.CharField(
                choices=[("agenda", "Agenda item"), ("speaker", "Speaker"), ("break", "Break"), ("slide", "Slide")],
                default="agenda",
                max_length=8,
            ),
        ),
    ]
