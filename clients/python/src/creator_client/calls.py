"""The operations of the API. Written by generate.py."""

from __future__ import annotations

from typing import Any, Literal

from creator_client import models
from creator_client.call import Call


def get_account() -> Call[models.AccountAnswer]:
    """The caller's profile."""
    return Call("GET", "/api/v1/account")


def update_account(body: models.AccountBody) -> Call[models.AccountAnswer]:
    """Changes the fields that are sent, and answers it."""
    return Call("PATCH", "/api/v1/account", body={**body})


def get_artifact(artifact_id: str) -> Call[models.OneArtifactAnswer]:
    """A stored file of a job, with a link that works without a key."""
    return Call("GET", f"/api/v1/artifacts/{artifact_id}")


def get_artifact_content(artifact_id: str) -> Call[None]:
    """Leads to the file itself, by a link that works without a key."""
    return Call("GET", f"/api/v1/artifacts/{artifact_id}/content")


def forgot_password(body: models.ForgotPasswordBody) -> Call[models.OutcomeAnswer]:
    """Sends a mail."""
    return Call("POST", "/api/v1/auth/forgot-password", body={**body})


def begin_google_sign_in(body: models.GoogleBody) -> Call[models.GoogleAnswer]:
    """The address to open in the person's browser."""
    return Call("POST", "/api/v1/auth/google", body={**body})


def google_tokens(body: models.GoogleTokensBody) -> Call[models.TokensAnswer]:
    """Tokens for what the callback sent to the program."""
    return Call("POST", "/api/v1/auth/google/tokens", body={**body})


def login(body: models.LoginBody) -> Call[models.TokensAnswer | models.CookiesAnswer]:
    """Tokens for e-mail address and password, and for a code where the person has a second factor."""
    return Call("POST", "/api/v1/auth/login", body={**body})


def login_second_factor(body: models.SecondFactorBody) -> Call[models.TokensAnswer | models.CookiesAnswer]:
    """Tokens for a code, after `login` asked for it."""
    return Call("POST", "/api/v1/auth/login/second-factor", body={**body})


def logout(body: models.LogoutBody) -> Call[models.OutcomeAnswer]:
    """Ends the program's access at once, or that of every program of its person."""
    return Call("POST", "/api/v1/auth/logout", body={**body})


def get_me() -> Call[models.MeAnswer]:
    """Who the key or token belongs to, and what it may do."""
    return Call("GET", "/api/v1/auth/me")


def refresh(body: models.RefreshBody) -> Call[models.TokensAnswer | models.CookiesAnswer]:
    """The next pair of tokens."""
    return Call("POST", "/api/v1/auth/refresh", body={**body}, repeatable=True)


def register(body: models.RegisterBody) -> Call[models.OutcomeAnswer]:
    """A new account."""
    return Call("POST", "/api/v1/auth/register", body={**body})


def reset_password(body: models.ResetPasswordBody) -> Call[models.OutcomeAnswer]:
    """Sets a password with the key of the mail."""
    return Call("POST", "/api/v1/auth/reset-password", body={**body})


def verify(body: models.VerifyBody) -> Call[models.OutcomeAnswer]:
    """Confirms an e-mail address with the key of the mail."""
    return Call("POST", "/api/v1/auth/verify", body={**body})


def create_batch(body: models.BatchBody) -> Call[models.AcceptedBatchAnswer | models.BatchAnswer]:
    """Jobs for many photos."""
    return Call("POST", "/api/v1/batches", body={**body}, repeatable=True)


def get_batch(batch_id: str) -> Call[models.BatchAnswer]:
    """The jobs of one request and their progress."""
    return Call("GET", f"/api/v1/batches/{batch_id}")


def cancel_batch(batch_id: str) -> Call[models.CancelledBatchAnswer]:
    """Cancels every open job and counts the jobs by result."""
    return Call("POST", f"/api/v1/batches/{batch_id}/cancel")


def list_batch_events(
    batch_id: str, *, after: int | None = None, limit: int | None = None
) -> Call[models.BatchEventsAnswer | None]:
    """Every change of a status of the batch's jobs after `after` (or `Last-Event-ID`)."""
    return Call("GET", f"/api/v1/batches/{batch_id}/events", query={"after": after, "limit": limit})


def get_batch_zip(batch_id: str) -> Call[bytes]:
    """The pictures that are finished, in one file."""
    return Call("GET", f"/api/v1/batches/{batch_id}/zip")


def get_billing() -> Call[models.BillingAnswer]:
    """The caller's plan, period and credits, as the billing page shows them."""
    return Call("GET", "/api/v1/billing")


def get_dashboard() -> Call[models.DashboardAnswer]:
    """What is in progress, the newest results and what is left to spend, as on the home page."""
    return Call("GET", "/api/v1/dashboard")


def list_drive_connections() -> Call[models.ConnectionListAnswer]:
    """What is connected, and where the person connects more in a browser."""
    return Call("GET", "/api/v1/drive/connections")


def get_drive_connection(connection_id: str) -> Call[models.ConnectionAnswer]:
    """One connection."""
    return Call("GET", f"/api/v1/drive/connections/{connection_id}")


def disconnect_drive(connection_id: str) -> Call[models.DisconnectedAnswer]:
    """Ends it."""
    return Call("DELETE", f"/api/v1/drive/connections/{connection_id}")


def browse_drive(connection_id: str, *, parent: Any | None = None) -> Call[models.BrowseAnswer]:
    """Folders to choose from."""
    return Call("GET", f"/api/v1/drive/connections/{connection_id}/folders", query={"parent": parent})


def list_watched_folders() -> Call[models.WatchedFolderListAnswer]:
    """The caller's watched folders, with their states."""
    return Call("GET", "/api/v1/drive/folders")


def watch_folder(body: models.FolderBody) -> Call[models.WatchedFolderAnswer]:
    """Watches a folder from now on."""
    return Call("POST", "/api/v1/drive/folders", body={**body}, repeatable=True)


def get_watched_folder(folder_id: str) -> Call[models.WatchedFolderAnswer]:
    """A watched folder, with its state."""
    return Call("GET", f"/api/v1/drive/folders/{folder_id}")


def change_watched_folder(folder_id: str, body: models.FolderChanges) -> Call[models.WatchedFolderAnswer]:
    """Changes the fields that are sent, and answers it."""
    return Call("PATCH", f"/api/v1/drive/folders/{folder_id}", body={**body})


def stop_watching(folder_id: str) -> Call[None]:
    """Stops watching it."""
    return Call("DELETE", f"/api/v1/drive/folders/{folder_id}")


def get_cost_of_again(folder_id: str) -> Call[models.AgainAnswer]:
    """How many pictures would be made again now, and what they would cost."""
    return Call("GET", f"/api/v1/drive/folders/{folder_id}/again")


def make_again(folder_id: str, body: models.AgainBody) -> Call[models.AgainAnswer]:
    """Makes the newest 20 again, with the folder's present settings."""
    return Call("POST", f"/api/v1/drive/folders/{folder_id}/again", body={**body}, repeatable=True)


def list_found_files(
    folder_id: str, *, cursor: str | None = None, limit: int | None = None
) -> Call[models.FoundFileListAnswer]:
    """The files that were found in it, newest first, and what became of them."""
    return Call("GET", f"/api/v1/drive/folders/{folder_id}/files", query={"cursor": cursor, "limit": limit})


def pause_folder(folder_id: str) -> Call[models.WatchedFolderAnswer]:
    """Makes no more pictures until it is resumed."""
    return Call("POST", f"/api/v1/drive/folders/{folder_id}/pause", repeatable=True)


def resume_folder(folder_id: str) -> Call[models.WatchedFolderAnswer]:
    """Goes on, whyever it was paused."""
    return Call("POST", f"/api/v1/drive/folders/{folder_id}/resume", repeatable=True)


def list_events(
    *,
    after: int | None = None,
    limit: int | None = None,
    type: list[
        Literal[
            "job.queued", "job.processing", "job.completed", "job.failed", "job.cancelled", "batch.completed"
        ]
    ]
    | None = None,
) -> Call[models.FeedAnswer | None]:
    """Every change of a status of the caller's jobs, in order, after `after` (or `Last-Event-ID`)."""
    return Call("GET", "/api/v1/events", query={"after": after, "limit": limit, "type": type})


def list_jobs(
    *,
    batch: str | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    preset: str | None = None,
    status: list[Literal["queued", "processing", "completed", "failed", "cancelled"]] | None = None,
) -> Call[models.JobListAnswer]:
    """A page of the caller's jobs, newest first."""
    return Call(
        "GET",
        "/api/v1/jobs",
        query={
            "batch": batch,
            "created_after": created_after,
            "created_before": created_before,
            "cursor": cursor,
            "limit": limit,
            "preset": preset,
            "status": status,
        },
    )


def create_job(
    body: models.JobBody,
) -> Call[models.AcceptedJobAnswer | models.AcceptedBatchAnswer | models.JobAnswer | models.BatchAnswer]:
    """One job, or a batch with `variations`."""
    return Call("POST", "/api/v1/jobs", body={**body}, repeatable=True)


def get_job(job_id: str) -> Call[models.JobAnswer]:
    """Everything about one job."""
    return Call("GET", f"/api/v1/jobs/{job_id}")


def delete_job(job_id: str) -> Call[None]:
    """Forgets an ended job and deletes its files."""
    return Call("DELETE", f"/api/v1/jobs/{job_id}")


def cancel_job(job_id: str) -> Call[models.CancelledAnswer]:
    """Says what it achieved."""
    return Call("POST", f"/api/v1/jobs/{job_id}/cancel")


def get_job_events(job_id: str, *, after: int | None = None) -> Call[models.EventsAnswer | None]:
    """Every event after `after` (or `Last-Event-ID`), then a snapshot."""
    return Call("GET", f"/api/v1/jobs/{job_id}/events", query={"after": after})


def get_job_preview(job_id: str) -> Call[bytes]:
    """The newest preview."""
    return Call("GET", f"/api/v1/jobs/{job_id}/preview")


def retry_job(job_id: str) -> Call[models.AcceptedJobAnswer | models.JobAnswer]:
    """A new job with the same settings and the same seed."""
    return Call("POST", f"/api/v1/jobs/{job_id}/retry", repeatable=True)


def vary_job(job_id: str, body: models.VaryBody) -> Call[models.AcceptedJobAnswer | models.JobAnswer]:
    """A new job with another seed, which the body may choose."""
    return Call("POST", f"/api/v1/jobs/{job_id}/vary", body={**body}, repeatable=True)


def list_keys() -> Call[models.KeyListAnswer]:
    """The caller's keys."""
    return Call("GET", "/api/v1/keys")


def create_key(body: models.KeyBody) -> Call[models.MadeKeyAnswer]:
    """A new key, with scopes that the caller has itself."""
    return Call("POST", "/api/v1/keys", body={**body}, repeatable=True)


def get_key(key_id: str) -> Call[models.KeyAnswer]:
    """One key."""
    return Call("GET", f"/api/v1/keys/{key_id}")


def delete_key(key_id: str) -> Call[None]:
    """Revokes it at once; a repeat is answered alike."""
    return Call("DELETE", f"/api/v1/keys/{key_id}")


def list_models() -> Call[models.ModelFileListAnswer]:
    """The model files of the active nodes and of the offered presets."""
    return Call("GET", "/api/v1/models")


def list_plans() -> Call[models.PlanListAnswer]:
    """The plans and packs on offer, with the numbers of the pricing page."""
    return Call("GET", "/api/v1/plans")


def list_presets() -> Call[models.PresetListAnswer]:
    """The offered presets, each with a JSON schema of its parameters."""
    return Call("GET", "/api/v1/presets")


def get_preset(slug: str) -> Call[models.PresetAnswer]:
    """One offered preset."""
    return Call("GET", f"/api/v1/presets/{slug}")


def create_upload(body: models.UploadByAddress) -> Call[models.UploadAnswer]:
    """One photo, in the field `file` of a multipart form, or fetched from the `url` of a JSON body."""
    return Call("POST", "/api/v1/uploads", body={**body}, repeatable=True)


def get_upload(upload_id: str) -> Call[models.UploadAnswer]:
    """One photo."""
    return Call("GET", f"/api/v1/uploads/{upload_id}")


def delete_upload(upload_id: str) -> Call[None]:
    """Deletes it at once, unless a job in progress uses it."""
    return Call("DELETE", f"/api/v1/uploads/{upload_id}")


def get_usage(
    *, from_: str | None = None, group: Literal["day", "preset"] | None = None, to_: str | None = None
) -> Call[models.UsageAnswer]:
    """Credits used and returned by day and preset, in the period or from `from` to `to`."""
    return Call("GET", "/api/v1/usage", query={"from": from_, "group": group, "to": to_})


def list_webhooks() -> Call[models.WebhookListAnswer]:
    """The caller's webhooks."""
    return Call("GET", "/api/v1/webhooks")


def create_webhook(body: models.WebhookBody) -> Call[models.MadeWebhookAnswer]:
    """A new one, with the secret of its signatures."""
    return Call("POST", "/api/v1/webhooks", body={**body}, repeatable=True)


def get_webhook(webhook_id: str) -> Call[models.WebhookAnswer]:
    """One webhook."""
    return Call("GET", f"/api/v1/webhooks/{webhook_id}")


def update_webhook(webhook_id: str, body: models.WebhookChanges) -> Call[models.WebhookAnswer]:
    """Changes the fields that are sent, and answers it."""
    return Call("PATCH", f"/api/v1/webhooks/{webhook_id}", body={**body})


def delete_webhook(webhook_id: str) -> Call[None]:
    """Deletes it with all its deliveries."""
    return Call("DELETE", f"/api/v1/webhooks/{webhook_id}")


def list_webhook_deliveries(
    webhook_id: str, *, cursor: str | None = None, limit: int | None = None
) -> Call[models.DeliveryListAnswer]:
    """What was and will be sent in 30 days, newest first, with the last tries."""
    return Call("GET", f"/api/v1/webhooks/{webhook_id}/deliveries", query={"cursor": cursor, "limit": limit})


def redeliver(delivery_id: str, webhook_id: str) -> Call[models.DeliveryAnswer]:
    """Sends the message again, under the same event id."""
    return Call("POST", f"/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", repeatable=True)


def rotate_webhook_secret(webhook_id: str) -> Call[models.SecretAnswer]:
    """A new secret."""
    return Call("POST", f"/api/v1/webhooks/{webhook_id}/secret", repeatable=True)


def test_webhook(webhook_id: str) -> Call[models.DeliveryAnswer]:
    """Sends an event `test`."""
    return Call("POST", f"/api/v1/webhooks/{webhook_id}/test", repeatable=True)
