"""The web server: uvicorn with bounds on connections, on what stands before a body, and on what sockets may send.

`creator.server.config.server_config` is what `web` and `serve` run.
"""
