"""Smaller pictures are made in parts; 360p is made no more (what older recordings have of it is still played)."""

import core.ids
import django.db.models.deletion
from django.db import migrations, models


def forget_360p(apps, schema_editor):
    apps.get_model("media", "Rendition").objects.filter(kind="360p").delete()


class Migration(migrations.Migration):

    dependencies = [
        ("media", "0002_nodes"),
    ]

    operations = [
        migrations.RunPython(forget_360p, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='rendition',
            name='kind',
            field=models.CharField(choices=[('poster', 'Still picture'), ('mp4', 'Video for download (MP4)'), ('sound', 'Sound brought to an even volume'), ('thumbs', 'Small pictures for the time bar'), ('audio', 'Sound only, for slow connections'), ('720p', 'Picture with 720 lines'), ('480p', 'Picture with 480 lines, for ordinary connections'), ('240p', 'Picture with 240 lines, for slow connections')], max_length=8),
        ),
        migrations.CreateModel(
            name='Part',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.new_id, editable=False, max_length=16, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('first', models.PositiveIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('duration_ms', models.PositiveBigIntegerField()),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], db_index=True, default='queued', max_length=12)),
                ('making', models.CharField(blank=True, max_length=40)),
                ('made', models.CharField(blank=True, max_length=40)),
                ('progress', models.FloatField(default=0.0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease', models.CharField(blank=True, max_length=16)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('queued_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('recording', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='media.recording')),
            ],
            options={
                'ordering': ['recording', 'number'],
                'constraints': [models.UniqueConstraint(fields=('recording', 'number'), name='one_part_of_a_number')],
            },
        ),
    ]
