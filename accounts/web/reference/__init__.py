"""The documentation of the API, as pages made from the OpenAPI document and recorded exchanges.

`reading` turns the document into what the templates show, `fields` a schema into rows, `curl` an exchange into a command.
"""
