"""A ComfyUI node without a GPU: the HTTP and WebSocket API of ComfyUI 0.28 over a small set of picture nodes.

This package has the server, its prompt queue, the graph executor and the node classes that the model-free presets
need. They were written from recorded exchanges with a real server and from pictures it made (`tests/golden`). The
package imports neither Django nor any other part of the project, so it runs as its own process on any machine.

Not here: how Creator talks to nodes (`jobs.comfy`) and which presets exist (`jobs.presets`).
"""
