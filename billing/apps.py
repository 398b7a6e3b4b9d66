from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from accounts.registry import register_personal_data
        from billing import receivers  # noqa: F401  (importing registers them)
        from billing.personal_data import BILLING
        from billing.plans.shipped import install_plans

        register_personal_data(BILLING)
        post_migrate.connect(install_plans, sender=self, dispatch_uid="billing.install_plans")
