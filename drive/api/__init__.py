"""The REST API of connected drives and watched folders, below `/api/v1/drive/`."""
