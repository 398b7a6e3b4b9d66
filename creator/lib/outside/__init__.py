"""Visits addresses that people name: only on the public internet, within bounds of time and bytes.

Anyone who may name an address could have this server ask machines that only it can reach, such as a database or the
cloud's metadata service (OWASP, Server-Side Request Forgery Prevention Cheat Sheet). So a name is resolved once, every
address that it has is checked, and the connection goes to a checked address: a second look at the name could get
another answer.

`address` reads an address, `networks` says which of them are public, `names` asks the DNS, `dialing` connects,
`visits` fetches and posts.
"""

from creator.lib.outside.address import Address, read_address
from creator.lib.outside.errors import Away, Forbidden, TooLarge
from creator.lib.outside.visits import Answered, fetch, post

__all__ = ["Address", "Answered", "Away", "Forbidden", "TooLarge", "fetch", "post", "read_address"]
