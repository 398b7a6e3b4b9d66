"""Mail on the `local` profile: one process serves, runs jobs and hands deliveries on."""

from tests.e2e.product.serving import wait_until


def test_the_mail_of_a_sign_up_is_sent_by_the_same_process(product, visitor):
    """The worker thread consumes the queue `deliveries` too. The default mail server is the console."""
    sent = "SELECT 1 FROM platform_delivery WHERE kind = 'mail' AND done_at IS NOT NULL"
    wait_until(lambda: product.rows(sent), "the mail is handed on")
    assert "/accounts/confirm-email/" in product.log.read_text()
