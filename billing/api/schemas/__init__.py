"""The type of every answer of the API of billing."""
