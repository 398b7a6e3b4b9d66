from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from accounts.registry import register_personal_data
        from billing import receivers  # noqa: F401  (importing registers them)
        from billing.payments.inbox import old_events
        from billing.personal_data import BILLING
        from billing.plans.shipped import install_plans
        from creator.platform.pruning import also_prune

        register_personal_data(BILLING)
        also_prune("stripe_events", old_events)
        post_migrate.connect(install_plans, sender=self, dispatch_uid="billing.install_plans")
