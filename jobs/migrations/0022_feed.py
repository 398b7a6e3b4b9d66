import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NUMBER_EVENTS = """
UPDATE jobs_jobevent SET owner_id = numbered.owner_id, feed_number = numbered.feed_number
  FROM (SELECT event.id, job.owner_id,
               ROW_NUMBER() OVER (PARTITION BY job.owner_id ORDER BY event.created_at, event.id) AS feed_number
          FROM jobs_jobevent AS event JOIN jobs_job AS job ON job.id = event.job_id
         WHERE event.stage IN ('', 'staged')) AS numbered
 WHERE numbered.id = jobs_jobevent.id
"""
"""Moves leave the stages `running` and `saving` to events that are no moves."""
COUNT_EVENTS = """
UPDATE jobs_userqueue SET feed_number =
       (SELECT COUNT(*) FROM jobs_jobevent AS event WHERE event.owner_id = jobs_userqueue.owner_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0021_webhook_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="jobevent",
            name="ends_batch",
            field=models.BooleanField(
                db_default=False, default=False, help_text="No job of its batch was open after it."
            ),
        ),
        migrations.AddField(
            model_name="jobevent",
            name="feed_number",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="jobevent",
            name="owner",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="userqueue",
            name="feed_number",
            field=models.PositiveBigIntegerField(
                db_default=0, default=0, help_text="Of the newest event in the user's feed."
            ),
        ),
        migrations.AddConstraint(
            model_name="jobevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(owner__isnull=False),
                fields=("owner", "feed_number"),
                name="event_feed_number",
            ),
        ),
        migrations.RunSQL(NUMBER_EVENTS, migrations.RunSQL.noop),
        migrations.RunSQL(COUNT_EVENTS, migrations.RunSQL.noop),
    ]
