"""Writes the OpenAPI document from what the views declare (`make openapi` puts it into docs/openapi.json).

Only that command and tests import this package: it needs drf-spectacular, which the product runs without.
`generator` walks over the routes, `operations` describes one method of a view, `operation_ids` names it,
`refusals` has its errors, `examples` adds recorded exchanges, `parts` what operations share, `table` the list of errors in docs/api.md.
"""
