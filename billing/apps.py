from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing import receivers  # noqa: F401  (importing registers them)
        from billing.plans.shipped import install_plans

        post_migrate.connect(install_plans, sender=self, dispatch_uid="billing.install_plans")
