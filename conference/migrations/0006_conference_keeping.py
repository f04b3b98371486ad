"""A conference has a rule for its recordings."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("conference", "0005_stream_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="conference",
            name="keeping_policy",
            field=models.CharField(
                blank=True,
                choices=[("keep", "Keep for good"), ("archive", "Archive"), ("delete", "Delete")],
                default="",
                max_length=8,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="conference",
            name="keeping_days",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
