from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from accounts.registry import register_personal_data
        from creator.http.refusals import CONTRACTS
        from jobs import checks, receivers  # noqa: F401  (importing registers them)
        from jobs.api_v2.refusals import in_contract
        from jobs.personal_data import JOBS

        register_personal_data(JOBS)
        CONTRACTS["/api/v2/"] = in_contract
