"""How long the product waits for each outside part, in seconds. docs/production.md explains each bound.

A part can fall silent: it takes what is sent and never answers, or the network drops every packet. No wait
may then be without an end. The bounds of nodes are in `jobs.comfy`, which imports nothing of the product.
"""

DATABASE_CONNECT_S = 2
DATABASE_CHECK_S = 2
DATABASE_POOL_S = 3
DATABASE_REQUEST_REPLY_S = 4
DATABASE_REPLY_S = 10
DATABASE_UPKEEP_REPLY_S = 60
DATABASE_PACKETS_S = 6
CACHE_CONNECT_S = 1
CACHE_REPLY_S = 1
WAKE_UP_REPLY_S = 1
STORAGE_CONNECT_S = 2
STORAGE_REPLY_S = 3
STORAGE_TRIES = 2
BROKER_CONNECT_S = 2
BROKER_REPLY_S = 1.5
BROKER_HEARTBEAT_S = 3
MAIL_REPLY_S = 5
GOOGLE_CONNECT_S = 3
GOOGLE_REPLY_S = 5
STRIPE_CONNECT_S = 2
STRIPE_REQUEST_S = 4.5
STRIPE_REPLY_S = 20
OUTSIDE_NAME_S = 5
OUTSIDE_CONNECT_S = 5
OUTSIDE_FETCH_S = 30
PROBE_S = 2
