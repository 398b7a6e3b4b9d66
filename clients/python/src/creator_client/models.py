"""Bodies and answers of the API. Written by generate.py."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class AcceptedJobAnswer(TypedDict):
    """
    202: a job that was accepted.
    """

    status_url: str
    websocket_url: str
    events_url: str
    job_id: str
    status: Literal["queued", "processing", "completed", "failed", "cancelled"]


class AccountAnswer(TypedDict):
    """
    The caller's account. Empty `time_zone` and `theme`: as in the browser.
    """

    id: str
    email: str
    created_at: str
    name: str
    time_zone: str
    language: str
    theme: Literal["", "light", "dark", "system"]
    keep_copyright: bool


class AccountBody(TypedDict):
    """
    `PATCH /account`: the fields to change. The model says what each may be.
    """

    name: NotRequired[str]
    time_zone: NotRequired[str]
    language: NotRequired[str]
    theme: NotRequired[Literal["", "light", "dark", "system"]]
    keep_copyright: NotRequired[bool]


class AgainAnswer(TypedDict):
    """
    What is made again, and what it costs. No pictures: it had begun under this `run` before.
    """

    run: int
    pictures: int
    price: int
    credits: int


class AgainBody(TypedDict):
    """
    The body of `POST /drive/folders/{id}/again`, which may be left out.
    """

    run: NotRequired[int | None]
    most_credits: NotRequired[int | None]


class ArtifactAnswer(TypedDict):
    """
    `expires_at` is when the link expires, `kept_until` when the file is deleted (null: no date yet).
    """

    id: str
    kind: Literal["result", "preview", "thumbnail"]
    expires_at: str
    url: str
    content_type: str
    sha256: str
    size: int
    width: int
    height: int
    kept_until: str | None


class BatchBody(TypedDict):
    """
    The body of `POST /batches`: many photos, with `variations` pictures of each. The plan limits how many.
    """

    preset: str
    parameters: NotRequired[dict[str, Any]]
    seed: NotRequired[int | None]
    output_format: NotRequired[Literal["png", "jpeg", "webp"]]
    reuse: NotRequired[bool]
    upload_ids: list[str]
    variations: NotRequired[int]


class BucketAnswer(TypedDict):
    """
    Credits that expire together; null: never.
    """

    left: int
    expires_at: str | None


class CancelledAnswer(TypedDict):
    """
    What a cancel achieved.
    """

    job_id: str
    status: Literal["queued", "processing", "completed", "failed", "cancelled"]
    result: Literal["never_started", "stopping", "too_late", "runs_on"]


class CancelledBatchAnswer(TypedDict):
    """
    How many jobs of a batch had each cancel result.
    """

    batch_id: str
    results: dict[str, Any]


class ConnectionAnswer(TypedDict):
    """
    An account or folder that is connected. While it is `disconnected`, its owner has to connect it again.
    """

    id: str
    kind: Literal["folder", "s3", "google"]
    label: str
    state: Literal["connected", "away", "disconnected"]
    message: str
    checked_at: str | None
    created_at: str


class ConnectionListAnswer(TypedDict):
    """
    All connections of the caller, oldest first.
    """

    connections: list[ConnectionAnswer]
    connect_url: str | None


class CookiesAnswer(TypedDict):
    """
    As `TokensAnswer`, for a browser that has its tokens as cookies. `csrf_token` goes into `X-CSRFToken`.
    """

    csrf_token: str
    expires_in: int
    refresh_expires_at: str


class CreditsAnswer(TypedDict):
    """
    `available` can be spent, `reserved` is for jobs in progress. While there is `debt`, no job is accepted.
    """

    available: int
    reserved: int
    debt: int
    buckets: list[BucketAnswer]


class DisconnectedAnswer(TypedDict):
    """
    A connection that was ended. We have forgotten its access.
    """

    was_told: bool


class EntryAnswer(TypedDict):
    """
    A job or batch in progress. Exactly one of `job_id` and `batch_id` is set; `eta` and `position` may be null.
    """

    job_id: NotRequired[str | None]
    batch_id: NotRequired[str | None]
    title: str
    word: str
    percent: float
    words: str
    position: NotRequired[int | None]
    eta: NotRequired[int | None]
    status_url: str


class ErrorAnswer(TypedDict):
    """
    Why a job failed.
    """

    code: str
    message: str


class ErrorDetails(TypedDict):
    """
    Why a request was refused. `details` maps a field's name to what is wrong with it.
    """

    code: str
    message: str
    details: dict[str, Any]
    request_id: str


class FeedEventAnswer(TypedDict):
    """
    One event. Webhooks send the same `type`, `timestamp` and `data`.
    """

    id: int
    type: Literal[
        "job.queued", "job.processing", "job.completed", "job.failed", "job.cancelled", "batch.completed"
    ]
    timestamp: str
    data: dict[str, Any]


class FolderBody(TypedDict):
    """
    The body of `POST /drive/folders`.
    """

    output_id: NotRequired[str]
    parameters: NotRequired[dict[str, Any]]
    output_format: NotRequired[Literal["png", "jpeg", "webp"]]
    writes_sidecar: NotRequired[bool]
    daily_cap: NotRequired[int | None]
    connection_id: str
    input_id: str
    preset: str
    takes_existing: NotRequired[bool]


class FolderChanges(TypedDict):
    """
    The body of `PATCH /drive/folders/{id}`: what is to change. A new preset begins with its defaults.
    """

    output_id: NotRequired[str]
    parameters: NotRequired[dict[str, Any]]
    output_format: NotRequired[Literal["png", "jpeg", "webp"]]
    writes_sidecar: NotRequired[bool]
    daily_cap: NotRequired[int | None]
    preset: NotRequired[str]


class FolderToChooseAnswer(TypedDict):
    """
    A folder of the source. `id` is what `input_id`, `output_id` and `parent` take.
    """

    id: str
    name: str
    is_readable: bool
    is_writable: bool


class ForgotPasswordBody(TypedDict):
    """
    `POST /auth/forgot-password`.
    """

    email: str


class FoundFileAnswer(TypedDict):
    """
    A file that was found in a watched folder. `id` is what `drive_file` of `POST /jobs` takes.

    The job is null until one is made of the file, and after it was deleted. Files with one content share a job.
    """

    id: int
    name: str
    size: int
    state: Literal["found", "taken", "copy", "refused", "gone"]
    problem: str
    found_at: str
    job_id: str | None
    job_status: Literal["queued", "processing", "completed", "failed", "cancelled"] | None
    delivered_at: str | None


class FoundFileListAnswer(TypedDict):
    """
    A page of a folder's files, newest first; `next` is the address of the next page.
    """

    files: list[FoundFileAnswer]
    next: str | None


class GoogleAnswer(TypedDict):
    """
    An answer: declares each field's type. It is only written, never parsed.
    """

    authorization_url: str
    expires_in: int


class GoogleBody(TypedDict):
    """
    `POST /auth/google`. `redirect_uri`: where the program listens; `code_challenge`: S256 of its verifier.
    """

    redirect_uri: str
    code_challenge: str


class GoogleTokensBody(TypedDict):
    """
    `POST /auth/google/tokens`. `code` and `state` as they came to the program.
    """

    code: str
    state: str
    code_verifier: str
    device: NotRequired[str]


class InputAnswer(TypedDict):
    """
    The photo that a job was made from.
    """

    upload_id: str
    name: str
    width: int
    height: int


class JobBody(TypedDict):
    """
    The body of `POST /jobs`. With `variations` it makes a batch.
    """

    preset: str
    parameters: NotRequired[dict[str, Any]]
    seed: NotRequired[int | None]
    output_format: NotRequired[Literal["png", "jpeg", "webp"]]
    reuse: NotRequired[bool]
    upload_id: NotRequired[str | None]
    drive_file: NotRequired[int | None]
    variations: NotRequired[int | None]


class KeyAnswer(TypedDict):
    """
    An API key without its secret. `works`: neither revoked nor expired.
    """

    id: str
    name: str
    prefix: str
    scopes: list[
        Literal[
            "jobs:read",
            "jobs:write",
            "account:read",
            "account:write",
            "webhooks:write",
            "drive:read",
            "drive:write",
        ]
    ]
    made_by: Literal["page", "api", "command"]
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    last_used_from: str
    revoked_at: str | None
    works: bool


class KeyBody(TypedDict):
    """
    The body of `POST /keys`. Without `expires_at` the key works until it is revoked.
    """

    name: str
    scopes: list[
        Literal[
            "jobs:read",
            "jobs:write",
            "account:read",
            "account:write",
            "webhooks:write",
            "drive:read",
            "drive:write",
        ]
    ]
    expires_at: NotRequired[str | None]


class KeyListAnswer(TypedDict):
    """
    All working keys, then the last ones that ended, each group newest first.
    """

    keys: list[KeyAnswer]


class LimitsAnswer(TypedDict):
    """
    The numbers of a plan as this installation enforces them.
    """

    jobs_per_period: int
    parallel_jobs: int
    queued_jobs: int
    batch_files: int
    upload_bytes: int
    megapixels: int
    requests_per_minute: int
    requests_per_hour: int
    submits_per_hour: int
    uploads_per_hour: int
    cancels_per_hour: int
    retention_days: int


class LineAnswer(TypedDict):
    """
    What happened to credits of the job, and when.
    """

    kind: Literal["quoted", "held", "charged", "returned"]
    credits: int
    at: str


class LoginBody(TypedDict):
    """
    `POST /auth/login`. `code`: of the second factor, if it is at hand already.
    """

    device: NotRequired[str]
    cookies: NotRequired[bool]
    email: str
    password: str
    code: NotRequired[str]


class LogoutBody(TypedDict):
    """
    `POST /auth/logout`. `all`: sign out every program of the person.
    """

    refresh_token: NotRequired[str]
    all: NotRequired[bool]


class MadeKeyAnswer(TypedDict):
    """
    201: a key that was made. `secret` is null in a repeated answer: it is sent once and stored nowhere.
    """

    secret: str | None
    key: KeyAnswer


class MeAnswer(TypedDict):
    """
    Who calls, and the slug of their plan.
    """

    id: str
    email: str
    name: str
    verified: bool
    means: Literal["session", "token", "key"]
    scopes: list[
        Literal[
            "jobs:read",
            "jobs:write",
            "account:read",
            "account:write",
            "webhooks:write",
            "drive:read",
            "drive:write",
        ]
    ]
    plan: str


class MessageAnswer(TypedDict):
    """
    One message about a job, as sockets and streams send it (docs/socket.schema.json).
    """

    type: Literal["snapshot", "update"]
    job_id: str
    sequence: int
    status: Literal["queued", "processing", "completed", "failed", "cancelled"]
    stage: Literal["", "staged", "running", "saving"]
    word: str
    percent: float
    words: str
    step: int
    steps: int
    position: int | None
    eta: int | None
    why: str
    node: str
    parameters: Any
    error: ErrorAnswer | None
    preview_url: str
    created_at: str
    updated_at: str
    started_at: str | None
    finished_at: str | None
    seconds: float | None
    terminal: bool
    cancelling: bool
    sent_at: str


class MetadataAnswer(TypedDict):
    """
    What the picture was made with, to be kept beside it. `seconds`: from its start to its end (null: not ended).
    """

    preset: str
    preset_version: int
    preset_digest: str
    seed: int | None
    parameters: Any
    output_format: Literal["png", "jpeg", "webp"]
    seconds: float | None


class ModelFileAnswer(TypedDict):
    """
    A model file as "folder/file", the nodes that have it and the presets that need it.
    """

    name: str
    nodes: list[str]
    presets: list[str]


class ModelFileListAnswer(TypedDict):
    """
    An answer: declares each field's type. It is only written, never parsed.
    """

    models: list[ModelFileAnswer]


class OneArtifactAnswer(TypedDict):
    """
    A stored file, with the job that made it.
    """

    id: str
    kind: Literal["result", "preview", "thumbnail"]
    expires_at: str
    url: str
    content_type: str
    sha256: str
    size: int
    width: int
    height: int
    kept_until: str | None
    job_id: str


class OutcomeAnswer(TypedDict):
    """
    What happened, as a sentence.
    """

    message: str


class PackAnswer(TypedDict):
    """
    Credits that are bought once. They expire `lasts_days` after that.
    """

    slug: str
    title: str
    credits: int
    lasts_days: int
    price: int
    currency: str


class PartialUploadAnswer(TypedDict):
    """
    A photo that is sent in parts. It is deleted at `expires_at` unless all of it has arrived.
    """

    id: str
    name: str
    length: int
    offset: int
    expires_at: str


class PeriodAnswer(TypedDict):
    """
    The present period. `jobs` and `credits` count what was started in it and was not given back.
    """

    starts_at: str | None
    ends_at: str | None
    jobs: int
    jobs_left: int
    credits: int


class PhotoForm(TypedDict):
    """
    The form of `POST /uploads`, which the view reads itself.
    """

    file: bytes


class PlanAnswer(TypedDict):
    """
    A plan on offer. `price` is per month, in the currency's smallest unit.
    """

    slug: str
    title: str
    price: int
    currency: str
    credits: int
    trial_days: int
    trial_credits: int
    limits: LimitsAnswer
    features: list[Literal["drive", "api_keys", "webhooks"]]


class PlanListAnswer(TypedDict):
    """
    `sells`: whether people can buy here. Where they cannot, staff give them their plan, and there are no packs.
    """

    sells: bool
    plans: list[PlanAnswer]
    packs: list[PackAnswer]


class PresetAnswer(TypedDict):
    """
    An offered preset. `parameters` is a JSON schema (2020-12) of the parameters a job may have.

    `result_size_rule` says how large its pictures are by default. Only a preset that `has_seed` takes a seed
    and variations.
    """

    slug: str
    version: int
    title: str
    summary: str
    description: str
    category: str
    needs_photo: bool
    result_size_rule: str
    has_seed: bool
    price: int
    available: bool
    takes_jobs: bool
    why: str
    parameters: Any


class PresetListAnswer(TypedDict):
    """
    An answer: declares each field's type. It is only written, never parsed.
    """

    presets: list[PresetAnswer]


class QuotaAnswer(TypedDict):
    """
    Since a warning: how many more pictures like the last one can be started, and jobs of the plan in the period.
    """

    pictures_left: int
    jobs_left: int


class RefreshBody(TypedDict):
    """
    `POST /auth/refresh`. A browser leaves the token out: it is in its cookie.
    """

    refresh_token: NotRequired[str]


class RefusalAnswer(TypedDict):
    """
    The one shape of every error answer (`creator.http.refusals.envelope`).
    """

    error: ErrorDetails


class RegisterBody(TypedDict):
    """
    `POST /auth/register`.
    """

    email: str
    password: str


class ResetPasswordBody(TypedDict):
    """
    `POST /auth/reset-password`. `key`: of the mail.
    """

    key: str
    password: str


class SecondFactorBody(TypedDict):
    """
    `POST /auth/login/second-factor`.
    """

    device: NotRequired[str]
    cookies: NotRequired[bool]
    login_token: str
    code: str


class SecretAnswer(TypedDict):
    """
    A new secret, and until when the previous one signs too. `secret` is null in a repeated answer.
    """

    secret: str | None
    old_secret_until: str


class SizeAnswer(TypedDict):
    """
    Pixels of a picture.
    """

    width: int
    height: int


class SubscriptionAnswer(TypedDict):
    """
    A plan that is paid for. `ends_at`: it is cancelled and ends then; `next_plan`: what it changes to then.
    """

    plan: str
    status: Literal["pending", "trial", "active", "past_due", "ended"]
    period_starts_at: str
    period_ends_at: str
    trial_ends_at: str | None
    past_due_since: str | None
    next_plan: str | None
    ends_at: str | None


class TokensAnswer(TypedDict):
    """
    The tokens of a signed-in program (RFC 6749, section 5.1), and until when it may refresh them.
    """

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    refresh_expires_at: str


class TryAnswer(TypedDict):
    """
    One request with the message, and its answer.
    """

    at: str
    seconds: float
    headers: dict[str, Any]
    status: int | None
    answer: str
    problem: str


class UploadAnswer(TypedDict):
    """
    An accepted photo. `expires_at`: when it is deleted, unless a job uses it first.
    """

    id: str
    name: str
    width: int
    height: int
    size: int
    expires_at: str | None


class UploadByAddress(TypedDict):
    """
    Where the photo is.
    """

    url: str


class UsageLine(TypedDict):
    """
    `day` is null if lines are summed by preset; `preset` and `title` are null if they are summed by day.
    """

    pictures: int
    credits_used: int
    credits_returned: int
    day: str | None
    preset: str | None
    title: str | None


class UseFields(TypedDict):
    """
    An answer: declares each field's type. It is only written, never parsed.
    """

    pictures: int
    credits_used: int
    credits_returned: int


class VaryBody(TypedDict):
    """
    The body of `POST /jobs/{id}/vary`, which may be left out.
    """

    seed: NotRequired[int | None]


class VerifyBody(TypedDict):
    """
    `POST /auth/verify`. `key`: of the mail.
    """

    key: str


class WatchedFolderAnswer(TypedDict):
    """
    A watched folder. `message` says why it makes no pictures at present, and what to do.
    """

    id: str
    connection_id: str
    input_id: str
    input_name: str
    output_id: str
    output_name: str
    preset: str
    parameters: dict[str, Any]
    output_format: Literal["png", "jpeg", "webp"]
    writes_sidecar: bool
    daily_cap: int | None
    state: Literal["watching", "paused", "disconnected", "away"]
    paused_for: Literal["owner", "credits", "cap", "preset", "plan", "input_gone", "output_gone", "full", ""]
    message: str
    checked_at: str | None
    spent_today: int
    files_waiting: int
    created_at: str


class WatchedFolderListAnswer(TypedDict):
    """
    All folders that the caller watches, oldest first.
    """

    folders: list[WatchedFolderAnswer]


class WebhookAnswer(TypedDict):
    """
    A webhook, without its secret.
    """

    id: str
    url: str
    events: list[
        Literal[
            "job.queued",
            "job.processing",
            "job.completed",
            "job.failed",
            "job.cancelled",
            "batch.completed",
            "credits.low",
        ]
    ]
    description: str
    is_enabled: bool
    disabled_at: str | None
    disabled_for: Literal["person", "gone", "failing", ""]
    failing_since: str | None
    old_secret_until: str | None
    created_at: str


class WebhookBody(TypedDict):
    """
    The body of `POST /webhooks`.
    """

    url: str
    events: list[
        Literal[
            "job.queued",
            "job.processing",
            "job.completed",
            "job.failed",
            "job.cancelled",
            "batch.completed",
            "credits.low",
        ]
    ]
    description: NotRequired[str]


class WebhookChanges(TypedDict):
    """
    The body of `PATCH /webhooks/{id}`: what is to change.
    """

    url: NotRequired[str]
    events: NotRequired[
        list[
            Literal[
                "job.queued",
                "job.processing",
                "job.completed",
                "job.failed",
                "job.cancelled",
                "batch.completed",
                "credits.low",
            ]
        ]
    ]
    description: NotRequired[str]
    is_enabled: NotRequired[bool]


class WebhookListAnswer(TypedDict):
    """
    All webhooks of the caller, oldest first.
    """

    webhooks: list[WebhookAnswer]


class AcceptedBatchAnswer(TypedDict):
    """
    202: jobs that were accepted together.
    """

    batch_id: str
    status_url: str
    events_url: str
    jobs: list[AcceptedJobAnswer]


class BatchEventsAnswer(TypedDict):
    """
    The same for one batch. `terminal`: these are its last events.
    """

    events: list[FeedEventAnswer]
    after: int
    newest: int
    next: str | None
    terminal: bool


class BillingAnswer(TypedDict):
    """
    How things stand with the caller's plan and credits. `spend_cap`: theirs, in credits a period; null: none.
    """

    plan: str
    standing: Literal[
        "free", "given", "pending", "trial", "active", "ending", "changing", "past_due", "blocked"
    ]
    blocked_from: str | None
    subscription: SubscriptionAnswer | None
    period: PeriodAnswer
    credits: CreditsAnswer
    spend_cap: int | None


class BrowseAnswer(TypedDict):
    """
    The folders in one folder, by name.
    """

    folders: list[FolderToChooseAnswer]


class DeliveryAnswer(TypedDict):
    """
    A message to a webhook. `body` is what was sent, byte for byte, as its receiver must verify it.
    """

    id: str
    event_id: str
    type: Literal[
        "job.queued",
        "job.processing",
        "job.completed",
        "job.failed",
        "job.cancelled",
        "batch.completed",
        "credits.low",
        "test",
    ]
    state: Literal["waiting", "delivered", "failed"]
    created_at: str
    next_try_at: str | None
    body: str
    tries: list[TryAnswer]


class DeliveryListAnswer(TypedDict):
    """
    A page of a webhook's deliveries, newest first; `next` is the address of the next page.
    """

    deliveries: list[DeliveryAnswer]
    next: str | None


class EventsAnswer(TypedDict):
    """
    The messages since `after`. Ask again with the new `after`, unless `terminal` says that no more will come.
    """

    messages: list[MessageAnswer]
    after: int
    terminal: bool


class FeedAnswer(TypedDict):
    """
    Events, oldest first. Ask again with the new `after`; `next` is that address while there are more by now.
    """

    events: list[FeedEventAnswer]
    after: int
    newest: int
    next: str | None


class JobAnswer(TypedDict):
    """
    Everything about one job. Its state has the names and values of socket and stream messages.
    """

    status_url: str
    websocket_url: str
    events_url: str
    id: str
    name: str
    sequence: int
    status: Literal["queued", "processing", "completed", "failed", "cancelled"]
    stage: Literal["", "staged", "running", "saving"]
    percent: float
    words: str
    step: int
    steps: int
    position: int | None
    eta: int | None
    why: str
    cancelling: bool
    preset: str
    preset_version: int
    parameters: Any
    seed: int | None
    output_format: Literal["png", "jpeg", "webp"]
    price: int
    lines: list[LineAnswer]
    result_size: SizeAnswer | None
    input: InputAnswer | None
    artifacts: list[ArtifactAnswer]
    metadata: MetadataAnswer
    preview_url: str | None
    error: ErrorAnswer | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    files_expire_at: str | None
    files_purged_at: str | None
    batch_id: str | None
    rerun_of: str | None


class JobListAnswer(TypedDict):
    """
    A page of the caller's jobs; `next` is the address of the next page.
    """

    jobs: list[JobAnswer]
    next: str | None


class MadeWebhookAnswer(TypedDict):
    """
    201: a webhook that was added. `secret` is null in a repeated answer.
    """

    secret: str | None
    webhook: WebhookAnswer


class UsageAnswer(TypedDict):
    """
    Credits used and returned. Days are those of `time_zone`, which the person chose in the profile.
    """

    starts_at: str
    ends_at: str
    time_zone: str
    total: UseFields
    lines: list[UsageLine]


class BatchAnswer(TypedDict):
    """
    All jobs of a batch, and how many have each status.
    """

    id: str
    created_at: str
    counts: dict[str, Any]
    finished: bool
    jobs: list[JobAnswer]


class DashboardAnswer(TypedDict):
    """
    What the home page shows: work in progress, oldest first; the newest finished jobs; what is left to spend.
    """

    open_jobs: int
    parallel_jobs: int
    in_progress: list[EntryAnswer]
    results: list[JobAnswer]
    credits_available: int
    period_ends_at: str | None
    quota: QuotaAnswer | None
