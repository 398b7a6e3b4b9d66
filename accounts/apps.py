from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import email_change, receivers, sessions, tokens  # noqa: F401  (registers the receivers)
        from accounts.encryption import register_secrets
        from accounts.factors import renew_secrets
        from accounts.notifications.mail import send_mail
        from accounts.notifications.notifying import MAIL
        from accounts.personal_data import ACCOUNTS
        from accounts.registry import register_personal_data
        from creator.platform.outbox import register_handler
        from creator.platform.pruning import also_prune

        register_handler(MAIL, send_mail)
        register_personal_data(ACCOUNTS)
        register_secrets(renew_secrets)
        also_prune("token_families", tokens.forgotten_families)
        also_prune("rows_of_ended_sessions", sessions.rows_of_ended_sessions)
        also_prune("email_changes", email_change.ended_email_changes)
