from django.apps import AppConfig


class DriveConfig(AppConfig):
    name = "drive"

    def ready(self) -> None:
        from accounts.encryption import register_secrets
        from accounts.registry import register_personal_data
        from creator.platform.outbox import Crowd, register_handler
        from creator.platform.pruning import also_prune
        from drive import notifications, receivers  # noqa: F401  (importing registers them)
        from drive.connections import renew_secrets
        from drive.delivery import deliver
        from drive.inputs import read_found
        from drive.intake import take_file
        from drive.leaving import LEAVE, leave_google, too_old
        from drive.personal_data import DRIVE
        from drive.waiting import INTAKE, RESULTS
        from jobs.uploads.elsewhere import register_elsewhere

        register_personal_data(DRIVE)
        register_secrets(renew_secrets)
        register_elsewhere(read_found)
        register_handler(INTAKE, take_file, crowd=Crowd(at_once=4, kept=1))
        register_handler(RESULTS, deliver, crowd=Crowd(at_once=8, kept=2))
        register_handler(LEAVE, leave_google)
        also_prune("drive_access_not_ended", too_old)
