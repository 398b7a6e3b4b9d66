"""Pages of the account where they differ from allauth's own."""
