"""API key authentication for programs."""
