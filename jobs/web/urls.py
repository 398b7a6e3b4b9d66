"""Addresses of the pages."""

from django.urls import path

from jobs.web import making, repeating, showing, watching

urlpatterns = [
    path("", showing.landing, name="landing"),
    path("home/", making.home, name="home"),
    path("new/", making.new_job, name="new_job"),
    path("uploads/", making.upload, name="upload"),
    path("jobs/", watching.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", watching.job, name="job"),
    path("jobs/<uuid:job_id>/cancel/", watching.job_cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/retry/", repeating.job_retry, name="job_retry"),
    path("jobs/<uuid:job_id>/vary/", repeating.job_vary, name="job_vary"),
    path("batches/<uuid:batch_id>/cancel/", repeating.batch_cancel, name="batch_cancel"),
    path("jobs/<uuid:job_id>/preview/", watching.job_preview, name="job_preview"),
    path("jobs/<uuid:job_id>/download/", watching.job_download, name="job_download"),
    path("presets/", showing.presets, name="presets"),
    path("presets/<slug:slug>/", showing.preset, name="preset"),
    path("theme/", showing.theme, name="theme"),
]
