from django.db import models

from jobs.enums import NodeState

ABILITIES = ("classes", "model_files")
"""Fields with long lists, which hardly change. Queries that do not need them defer them."""


class Node(models.Model):
    """One ComfyUI server: its address, the state that staff chose, its abilities and its health."""

    name = models.SlugField(unique=True)
    url = models.URLField()
    state = models.CharField(max_length=10, choices=NodeState, default=NodeState.ACTIVE)
    slots = models.PositiveSmallIntegerField(default=2)
    version = models.CharField(max_length=60, blank=True, default="")
    device = models.CharField(max_length=120, blank=True, default="")
    classes = models.JSONField(default=list, help_text="Node classes it offers.")
    model_files = models.JSONField(default=list, help_text="Model files it offers.")
    seen_at = models.DateTimeField(null=True)
    abilities_read_at = models.DateTimeField(null=True)
    vram_total = models.PositiveBigIntegerField(null=True, help_text="Bytes.")
    vram_free = models.PositiveBigIntegerField(null=True, help_text="Bytes, when last seen.")
    rtt_ms = models.FloatField(null=True, help_text="Round trip of one small request, smoothed.")
    proven_at = models.DateTimeField(null=True, help_text="It last ran a prompt for us, real or tiny.")
    running_prompt = models.UUIDField(null=True, help_text="Prompt that runs on it, as last seen.")
    running_since = models.DateTimeField(null=True, help_text="Since when the head is the same.")
    foreign_prompts = models.PositiveIntegerField(
        db_default=0, default=0, help_text="Prompts of other clients that run and wait on it, as last seen."
    )
    foreign_seconds = models.FloatField(null=True, help_text="Median time of their last prompts.")
    deaf_since = models.DateTimeField(null=True, help_text="Since when its events have not arrived.")
    restarts = models.PositiveIntegerField(default=0, help_text="Restarts noticed.")
    trouble = models.CharField(
        max_length=200, blank=True, default="", help_text="What is wrong with it, for staff."
    )
    failures = models.PositiveSmallIntegerField(default=0, help_text="Faults in a row.")
    closed_until = models.DateTimeField(null=True, help_text="Breaker: no new jobs before this time.")
    losses = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Attempts in a row that it ended without a picture."
    )
    barred_until = models.DateTimeField(
        null=True, help_text="No new jobs before this time, although it runs tiny prompts."
    )
    last_need = models.CharField(
        max_length=64, blank=True, default="", help_text="What it ran last: likely still loaded."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
