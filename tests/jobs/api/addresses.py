"""Every address of the API with its method. No row has the id used in them."""

import uuid

ID = uuid.UUID(int=7)
ALL = [
    ("GET", "/api/v1/keys"),
    ("POST", "/api/v1/keys"),
    ("GET", f"/api/v1/keys/{ID}"),
    ("DELETE", f"/api/v1/keys/{ID}"),
    ("GET", "/api/v1/usage"),
    ("GET", "/api/v1/account"),
    ("PATCH", "/api/v1/account"),
    ("GET", "/api/v1/dashboard"),
    ("GET", "/api/v1/models"),
    ("GET", "/api/v1/presets"),
    ("GET", "/api/v1/presets/cinematic"),
    ("POST", "/api/v1/uploads"),
    ("GET", f"/api/v1/uploads/{ID}"),
    ("DELETE", f"/api/v1/uploads/{ID}"),
    ("GET", "/api/v1/jobs"),
    ("POST", "/api/v1/jobs"),
    ("GET", f"/api/v1/jobs/{ID}"),
    ("DELETE", f"/api/v1/jobs/{ID}"),
    ("GET", f"/api/v1/artifacts/{ID}"),
    ("GET", f"/api/v1/artifacts/{ID}/content"),
    ("POST", f"/api/v1/jobs/{ID}/cancel"),
    ("POST", f"/api/v1/jobs/{ID}/retry"),
    ("POST", f"/api/v1/jobs/{ID}/vary"),
    ("GET", f"/api/v1/jobs/{ID}/events"),
    ("GET", f"/api/v1/jobs/{ID}/preview"),
    ("POST", "/api/v1/batches"),
    ("GET", f"/api/v1/batches/{ID}"),
    ("POST", f"/api/v1/batches/{ID}/cancel"),
    ("GET", f"/api/v1/batches/{ID}/events"),
    ("GET", f"/api/v1/batches/{ID}/zip"),
]
