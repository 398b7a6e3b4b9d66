import pytest

from creator.api.document.operation_ids import operation_id


@pytest.mark.parametrize(
    ("method", "path", "is_list", "name"),
    [
        ("GET", "jobs", True, "list_jobs"),
        ("GET", "usage", False, "get_usage"),
        ("GET", "jobs/{job_id}", False, "get_job"),
        ("GET", "jobs/{job_id}/events", False, "get_job_events"),
        ("GET", "webhooks/{webhook_id}/deliveries", True, "list_webhook_deliveries"),
        ("POST", "jobs", False, "create_job"),
        ("POST", "batches", False, "create_batch"),
        ("POST", "jobs/{job_id}/cancel", False, "cancel_job"),
        ("PATCH", "account", False, "update_account"),
        ("DELETE", "keys/{key_id}", False, "delete_key"),
        ("POST", "auth/login", False, "login"),
        ("POST", "auth/login/second-factor", False, "login_second_factor"),
        ("GET", "auth/me", False, "get_me"),
    ],
)
def test_an_operation_is_named_as_a_method_of_a_client(method, path, is_list, name):
    assert operation_id(method, path, is_list=is_list) == name
