"""Management commands of the accounts app. Each parses its arguments and calls the app's functions."""
