"""Input pictures: from bytes somebody sent to an 8-bit sRGB PNG that every node reads alike.

`normalise` runs in the caller's process and never decodes anything; `decoder` and what it imports run in a limited
child. What belongs here is reading pictures and refusing files; rows, storage and requests are in `accept`.
Nothing that the child imports may import Django: its start-up is part of every upload.
"""
