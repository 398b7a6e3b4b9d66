from django.apps import AppConfig


class DriveConfig(AppConfig):
    name = "drive"

    def ready(self) -> None:
        from accounts.registry import register_personal_data
        from drive.personal_data import DRIVE

        register_personal_data(DRIVE)
