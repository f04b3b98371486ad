"""What was free on the disk when a recording got into trouble."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("media", "0008_clips"),
    ]

    operations = [
        migrations.AddField(
            model_name="recording",
            name="free_bytes",
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
    ]
