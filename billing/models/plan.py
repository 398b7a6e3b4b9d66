from django.db import models

FREE = "free"
"""Slug of the plan that new accounts have."""


class Plan(models.Model):
    """Credits, limits and features of a user. Staff edit the rows; the product never overwrites them."""

    slug = models.SlugField(primary_key=True, max_length=32)
    title = models.CharField(max_length=60)
    price_cents = models.PositiveIntegerField(
        default=0, help_text="Per month, in the smallest unit of the currency; 0: free."
    )
    currency = models.CharField(max_length=3, default="eur", help_text="Three small letters, such as eur.")
    price_id = models.CharField(
        max_length=100, blank=True, default="", help_text="Stripe's price; empty: not for sale."
    )
    trial_days = models.PositiveSmallIntegerField(default=0, help_text="Free days at first; 0: no trial.")
    trial_credits = models.PositiveIntegerField(default=0, help_text="Granted for the trial.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Order on pages, smallest first.")
    is_offered = models.BooleanField(
        default=True, help_text="Shown to people who may choose it; those who have it keep it."
    )
    credits = models.PositiveIntegerField(help_text="Granted at the start of each period.")
    jobs_per_period = models.PositiveIntegerField()
    parallel_jobs = models.PositiveSmallIntegerField(help_text="Running at a time; more wait in the queue.")
    queued_jobs = models.PositiveIntegerField(help_text="Waiting at most; more are refused.")
    upload_mib = models.PositiveSmallIntegerField(help_text="Largest photo file, in MiB.")
    megapixels = models.PositiveSmallIntegerField(
        help_text="Largest photo, in megapixels as makers round them: 5 % more pixels are taken."
    )
    batch_files = models.PositiveSmallIntegerField(help_text="Photos submitted at once.")
    requests_per_minute = models.PositiveIntegerField()
    requests_per_hour = models.PositiveIntegerField()
    submits_per_hour = models.PositiveIntegerField(help_text="Jobs started in any hour; more are refused.")
    uploads_per_hour = models.PositiveIntegerField(
        default=200, help_text="Photos sent in any hour, refused ones included; more are refused."
    )
    cancels_per_hour = models.PositiveIntegerField(
        default=10, help_text="Running jobs stopped in any hour; others run to their end."
    )
    unused_photos = models.PositiveIntegerField(
        default=200, help_text="Stored photos of which no finished picture was made; more are refused."
    )
    unused_mib = models.PositiveIntegerField(
        default=3_072, help_text="MiB that these photos take together; more are refused."
    )
    priority_bonus_s = models.PositiveIntegerField(
        help_text="Seconds that a job is ranked ahead of the time of its submit."
    )
    share = models.FloatField(help_text="Weight among users who wait: 2 gets twice as much.")
    retention_days = models.PositiveSmallIntegerField(
        help_text="Files go so many days after their job ended."
    )
    features = models.JSONField(
        default=list, blank=True, help_text='Of "drive", "api_keys" and "webhooks", those included.'
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="plan_share_positive", condition=models.Q(share__gt=0)),
            models.CheckConstraint(name="plan_runs_something", condition=models.Q(parallel_jobs__gte=1)),
        ]

    def __str__(self) -> str:
        return self.title
