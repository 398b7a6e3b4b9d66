"""The routes of the API by subject. They parse, ask the node, and answer in ComfyUI's shapes; they decide nothing.

Each module has `routes(node)`; `jobs.cpu_node.app` puts them together, with and without the `/api` prefix.
"""
