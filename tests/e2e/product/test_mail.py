"""Mail on the `local` profile: one process serves pages, runs jobs and sends deliveries."""

from tests.e2e.product.serving import PATIENCE_S
from tests.services.process import wait_until


def test_the_mail_of_a_sign_up_is_sent_by_the_same_process(product, visitor):
    """The worker thread also consumes the queue `deliveries`. By default, mails go to the console."""
    sent = "SELECT 1 FROM platform_delivery WHERE kind = 'mail' AND done_at IS NOT NULL"
    wait_until(lambda: product.rows(sent), "the mail is not handed on", PATIENCE_S)
    assert "/accounts/confirm-email/" in product.log.read_text()
