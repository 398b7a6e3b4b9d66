"""Management commands of the accounts app: thin edges that parse and call."""
