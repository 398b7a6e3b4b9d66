"""Addresses of the API, below `/api/v1/`."""

from django.urls import path

from jobs.api import events, making, watching

urlpatterns = [
    path("presets", making.Presets.as_view(), name="api_presets"),
    path("uploads", making.Uploads.as_view(), name="api_uploads"),
    path("jobs", watching.Jobs.as_view(), name="api_jobs"),
    path("jobs/<uuid:job_id>", watching.OneJob.as_view(), name="api_job"),
    path("jobs/<uuid:job_id>/cancel", watching.CancelJob.as_view(), name="api_job_cancel"),
    path("jobs/<uuid:job_id>/retry", making.RetryJob.as_view(), name="api_job_retry"),
    path("jobs/<uuid:job_id>/vary", making.VaryJob.as_view(), name="api_job_vary"),
    path("jobs/<uuid:job_id>/events", events.job_events, name="api_job_events"),
    path("jobs/<uuid:job_id>/preview", watching.Preview.as_view(), name="api_job_preview"),
    path("batches", making.Batches.as_view(), name="api_batches"),
    path("batches/<uuid:batch_id>", watching.OneBatch.as_view(), name="api_batch"),
    path("batches/<uuid:batch_id>/cancel", watching.CancelBatch.as_view(), name="api_batch_cancel"),
]
