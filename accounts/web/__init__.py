"""Pages of the account: our own, and those that differ from allauth's."""
