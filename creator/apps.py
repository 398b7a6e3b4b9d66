from django.apps import AppConfig


class CreatorConfig(AppConfig):
    name = "creator"

    def ready(self) -> None:
        from creator import checks  # noqa: F401  (registers the system checks)
        from creator.celery import app  # noqa: F401  (every process that has loaded Django may publish tasks)
