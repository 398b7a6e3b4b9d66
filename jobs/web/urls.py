"""Addresses of the pages."""

from django.urls import path

from jobs.web import batches, home, job, jobs, landing, new_job, presets, result_sizes, uploads, webhooks

urlpatterns = [
    path("", landing.landing, name="landing"),
    path("home/", home.home, name="home"),
    path("new/", new_job.new_job, name="new_job"),
    path("new/sizes/", result_sizes.result_sizes, name="result_sizes"),
    path("uploads/", uploads.upload, name="upload"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", job.job, name="job"),
    path("jobs/<uuid:job_id>/cancel/", job.job_cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/delete/", job.job_delete, name="job_delete"),
    path("jobs/<uuid:job_id>/retry/", job.job_retry, name="job_retry"),
    path("jobs/<uuid:job_id>/vary/", job.job_vary, name="job_vary"),
    path("jobs/<uuid:job_id>/preview/", job.job_preview, name="job_preview"),
    path("jobs/<uuid:job_id>/download/", job.job_download, name="job_download"),
    path("batches/<uuid:batch_id>/cancel/", batches.batch_cancel, name="batch_cancel"),
    path("batches/<uuid:batch_id>/zip/", batches.batch_zip, name="batch_zip"),
    path("presets/", presets.presets, name="presets"),
    path("presets/<slug:slug>/", presets.preset, name="preset"),
    path("account/webhooks/", webhooks.webhooks, name="webhooks"),
    path("account/webhooks/new/", webhooks.new_webhook, name="webhook_new"),
    path("account/webhooks/<uuid:webhook_id>/", webhooks.webhook, name="webhook"),
    path("account/webhooks/<uuid:webhook_id>/edit/", webhooks.edit_webhook, name="webhook_edit"),
    path("account/webhooks/<uuid:webhook_id>/secret/", webhooks.webhook_secret, name="webhook_secret"),
    path("account/webhooks/<uuid:webhook_id>/switch/", webhooks.switch_webhook, name="webhook_switch"),
    path("account/webhooks/<uuid:webhook_id>/delete/", webhooks.delete_webhook, name="webhook_delete"),
    path("account/webhooks/<uuid:webhook_id>/test/", webhooks.ping_webhook, name="webhook_test"),
    path(
        "account/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/",
        webhooks.delivery,
        name="webhook_delivery",
    ),
    path(
        "account/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver/",
        webhooks.redeliver,
        name="webhook_redeliver",
    ),
]
