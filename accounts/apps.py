from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401  (importing registers them)
        from accounts.notifications import mail
        from creator.platform.outbox import register_handler

        register_handler(mail.KIND, mail.send_mail)
