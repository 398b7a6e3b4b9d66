"""The Comfy API v2 at `/api/v2`: the contract that comfy-sdk speaks, over the same jobs as `/api/v1`.

A graph that is sent is recognised as a preset's (`jobs.presets.recognition`), and its job is submitted as any other.
What a job is called, how it is drawn and how requests are refused follow that contract; all rules are those of the
rooms below. docs/comfy-api.md is for those who use it.
"""
