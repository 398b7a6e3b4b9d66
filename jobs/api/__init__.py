"""The REST API over jobs, `/api/v1`. Views parse, authorise and call one domain function, as the pages do.

One file per resource: `presets`, `uploads`, `jobs` (list and create), `job` (one job), `batches`, `events`.
`schemas/` has the type of every body, query and answer. Rules about jobs do not belong here.
"""
