"""Results: a node's output becomes files of the wanted format, and transparent photos are laid on a ground.

`making` runs in the caller's process and never opens a picture; `tasks` and its imports run in a child process
with limits (`jobs.decoders`), so they import no Django. Only `pool` knows where this installation is.
"""
