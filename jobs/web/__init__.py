"""The pages. Views parse, authorise and call one domain function; text and layout are in templates/.

One file per page, with the same name as in `api/` where both have one. `forms` makes forms from manifests;
`job_text` and `timeline` turn rows into page text. Rules about jobs do not belong here.
"""
