"""The REST API over jobs, `/api/v1`. Views parse, authorise and call one domain function, the same that pages call.

Here live the routes, the bodies that are read, what is shown of rows, and Idempotency-Key. No rule about jobs does.
"""
