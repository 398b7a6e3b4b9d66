"""A ComfyUI node without a GPU: the HTTP and WebSocket API of ComfyUI 0.28 over a small set of picture nodes.

Here live the server, its prompt queue, the execution of graphs and the node classes that the model-free presets
need, written from recorded exchanges and pictures of a real server (`tests/golden`). It is pure: it imports
neither Django nor anything else of the project, so that it runs as a process of its own, on any machine.

Not here: how Creator talks to nodes (`jobs.comfy`) and which presets exist (`jobs.presets`).
"""
