"""Columns take the names of the glossary."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_rows_move_to_platform")]

    operations = [
        migrations.RenameField("upload", "kept", "notices"),
        migrations.RenameField("jobprogress", "words", "stage_title"),
        migrations.RenameField("jobevent", "words", "reason"),
        migrations.RenameField("node", "head", "running_prompt"),
        migrations.RenameField("node", "head_since", "running_since"),
    ]
