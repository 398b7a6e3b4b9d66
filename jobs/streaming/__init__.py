"""What watchers see: one snapshot of a job for pages, sockets and polling, and the sockets themselves.

Truth is read from rows by number; a wake-up only says "look". Writes nothing but previews, which are not truth.
"""
