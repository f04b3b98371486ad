"""Captions of recordings that were deleted when deletion left them behind."""

from django.db import migrations


def remove(apps, schema_editor):
    apps.get_model("media", "CaptionTrack").objects.filter(recording__state="deleted").delete()


class Migration(migrations.Migration):

    dependencies = [
        ("media", "0009_recording_free_bytes"),
    ]

    operations = [
        migrations.RunPython(remove, migrations.RunPython.noop),
    ]
