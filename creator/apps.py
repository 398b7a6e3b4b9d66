from django.apps import AppConfig


class CreatorConfig(AppConfig):
    name = "creator"

    def ready(self) -> None:
        from creator import checks  # noqa: F401  (registering them is the point)
