from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401  (importing registers them)
        from accounts.notifications.mail import send_mail
        from accounts.notifications.notifying import MAIL
        from accounts.personal_data import ACCOUNTS
        from accounts.registry import register_personal_data
        from accounts.tokens import forgotten_families
        from creator.platform.outbox import register_handler
        from creator.platform.pruning import also_prune

        register_handler(MAIL, send_mail)
        register_personal_data(ACCOUNTS)
        also_prune("token_families", forgotten_families)
