"""Management commands of the platform app."""
