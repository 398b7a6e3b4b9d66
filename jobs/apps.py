from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from accounts.encryption import register_secrets
        from accounts.registry import register_personal_data
        from creator.http.refusals import CONTRACTS
        from creator.platform.outbox import register_handler
        from creator.platform.pruning import also_prune
        from jobs import checks, receivers, rollups, webhooks  # noqa: F401  (importing registers the first two)
        from jobs.api_v2.refusals import in_contract
        from jobs.personal_data import JOBS

        register_personal_data(JOBS)
        register_secrets(webhooks.renew_secrets)
        register_handler(webhooks.KIND, webhooks.post_message, crowd=webhooks.CROWD)
        also_prune("webhook_messages", webhooks.old_messages)
        also_prune("webhook_deliveries", webhooks.old_deliveries)
        also_prune("rollups", rollups.old_rollups)
        CONTRACTS["/api/v2/"] = in_contract
