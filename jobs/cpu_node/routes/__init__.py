"""The routes of the API by subject. They parse, call the node, and answer in ComfyUI's shapes; they decide nothing.

Each module has `routes(node)`. `jobs.cpu_node.app` joins them, with and without the `/api` prefix.
"""
