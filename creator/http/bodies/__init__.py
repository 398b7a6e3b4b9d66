"""Bodies of requests: who may send how much, how they arrive, where they wait, and how Django reads them.

`door.BodyDoor` reads every body before Django is called, within bounds. `handler.BodyHandler` is Django.
"""
