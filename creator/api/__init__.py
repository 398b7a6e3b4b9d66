"""What every view of the REST API shares: JSON only, one error envelope, nothing stored by caches.

Imports no app; the views themselves live in the apps' own `api` rooms.
"""
