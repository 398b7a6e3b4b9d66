"""Addresses of the Comfy API v2, below `/api/v2/`."""

from django.urls import path

from jobs.api_v2.assets import AssetByHash, AssetContent, AssetFromHash, Assets, OneAsset
from jobs.api_v2.events import job_events
from jobs.api_v2.job import CancelJob, JobLogs, JobWorkflow, OneJob
from jobs.api_v2.jobs import Jobs
from jobs.api_v2.workflows import OneWorkflow, Workflows

urlpatterns = [
    path("assets", Assets.as_view(), name="v2_assets"),
    path("assets/from-hash", AssetFromHash.as_view(), name="v2_asset_from_hash"),
    path("assets/by-hash/<str:content_hash>", AssetByHash.as_view(), name="v2_asset_by_hash"),
    path("assets/<uuid:asset_id>", OneAsset.as_view(), name="v2_asset"),
    path("assets/<uuid:asset_id>/content", AssetContent.as_view(), name="v2_asset_content"),
    path("jobs", Jobs.as_view(), name="v2_jobs"),
    path("jobs/<uuid:job_id>", OneJob.as_view(), name="v2_job"),
    path("jobs/<uuid:job_id>/cancel", CancelJob.as_view(), name="v2_job_cancel"),
    path("jobs/<uuid:job_id>/events", job_events, name="v2_job_events"),
    path("jobs/<uuid:job_id>/workflow", JobWorkflow.as_view(), name="v2_job_workflow"),
    path("jobs/<uuid:job_id>/logs", JobLogs.as_view(), name="v2_job_logs"),
    path("workflows", Workflows.as_view(), name="v2_workflows"),
    path("workflows/<slug:slug>", OneWorkflow.as_view(), name="v2_workflow"),
]
