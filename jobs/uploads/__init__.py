"""Uploads: turns the file that a person sends into an 8-bit sRGB PNG that every node reads the same way.

`normalise` runs in the caller's process and never decodes a picture; `decoder` and its imports run in a child
process with limits. Only `accept` handles rows, storage and requests. Modules that the child imports must not
import Django, because every upload would wait for that.
"""
