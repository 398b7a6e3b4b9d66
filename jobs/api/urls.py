"""Addresses of the API, below `/api/v1/`."""

from django.urls import path

from jobs.api.artifacts import ArtifactContent, OneArtifact
from jobs.api.batches import Batches, BatchZip, CancelBatch, OneBatch
from jobs.api.dashboard import DashboardView
from jobs.api.events import batch_events, feed_events, job_events
from jobs.api.job import CancelJob, OneJob, Preview, RetryJob, VaryJob
from jobs.api.jobs import Jobs
from jobs.api.model_files import ModelFiles
from jobs.api.presets import OnePreset, Presets
from jobs.api.resumable import OnePartialUpload, PartialUploads
from jobs.api.uploads import OneUpload, Uploads
from jobs.api.webhooks import Deliveries, OneWebhook, Redeliver, TestWebhook, Webhooks, WebhookSecret

urlpatterns = [
    path("dashboard", DashboardView.as_view(), name="api_dashboard"),
    path("models", ModelFiles.as_view(), name="api_models"),
    path("presets", Presets.as_view(), name="api_presets"),
    path("presets/<slug:slug>", OnePreset.as_view(), name="api_preset"),
    path("uploads", Uploads.as_view(), name="api_uploads"),
    path("uploads/parts", PartialUploads.as_view(), name="api_partial_uploads"),
    path("uploads/parts/<uuid:partial_id>", OnePartialUpload.as_view(), name="api_partial_upload"),
    path("uploads/<uuid:upload_id>", OneUpload.as_view(), name="api_upload"),
    path("jobs", Jobs.as_view(), name="api_jobs"),
    path("jobs/<uuid:job_id>", OneJob.as_view(), name="api_job"),
    path("jobs/<uuid:job_id>/cancel", CancelJob.as_view(), name="api_job_cancel"),
    path("jobs/<uuid:job_id>/retry", RetryJob.as_view(), name="api_job_retry"),
    path("jobs/<uuid:job_id>/vary", VaryJob.as_view(), name="api_job_vary"),
    path("jobs/<uuid:job_id>/events", job_events, name="api_job_events"),
    path("jobs/<uuid:job_id>/preview", Preview.as_view(), name="api_job_preview"),
    path("artifacts/<uuid:artifact_id>", OneArtifact.as_view(), name="api_artifact"),
    path("artifacts/<uuid:artifact_id>/content", ArtifactContent.as_view(), name="api_artifact_content"),
    path("batches", Batches.as_view(), name="api_batches"),
    path("batches/<uuid:batch_id>", OneBatch.as_view(), name="api_batch"),
    path("batches/<uuid:batch_id>/events", batch_events, name="api_batch_events"),
    path("batches/<uuid:batch_id>/cancel", CancelBatch.as_view(), name="api_batch_cancel"),
    path("batches/<uuid:batch_id>/zip", BatchZip.as_view(), name="api_batch_zip"),
    path("events", feed_events, name="api_events"),
    path("webhooks", Webhooks.as_view(), name="api_webhooks"),
    path("webhooks/<uuid:webhook_id>", OneWebhook.as_view(), name="api_webhook"),
    path("webhooks/<uuid:webhook_id>/secret", WebhookSecret.as_view(), name="api_webhook_secret"),
    path("webhooks/<uuid:webhook_id>/test", TestWebhook.as_view(), name="api_webhook_test"),
    path("webhooks/<uuid:webhook_id>/deliveries", Deliveries.as_view(), name="api_webhook_deliveries"),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver",
        Redeliver.as_view(),
        name="api_webhook_redeliver",
    ),
]
