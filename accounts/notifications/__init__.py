"""Mail to people. Every mail goes through the outbox, so that an outage of the mail server loses none."""
