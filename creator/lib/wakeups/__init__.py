"""Wake-ups for watchers of rows, between threads of one process or between processes over Redis.

A wake-up only says "look at the rows again". A lost wake-up delays an update by seconds and loses no data.
"""
