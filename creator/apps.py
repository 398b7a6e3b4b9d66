from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class CreatorConfig(AppConfig):
    name = "creator"

    def ready(self) -> None:
        from creator import checks  # noqa: F401  (registers the system checks)
        from creator.celery import app  # noqa: F401  (every process that has loaded Django may publish tasks)


class StaffConfig(admin_apps.AdminConfig):
    """Django's admin, on our site."""

    default = False
    default_site = "creator.web.staff.StaffSite"
