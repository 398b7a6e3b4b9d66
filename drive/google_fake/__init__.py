"""A Google Drive and Google OAuth of our own for tests: files, tokens and changes in memory.

It answers some of the calls of Drive v3 and OAuth 2.0 and refuses every other call with 404.

- `World`: accounts, files, tokens, the log of changes, the clock
- `Fault`: an error that a test asks for, given to `Server.faults`
- `Consent`: what the person does when the app asks for access, given to `Server.consent`
- `Policy`: what becomes of the pushes of changes on their way, given to `Server.channels.policy`
- `Server`: serves a World over HTTP from a thread
"""

from drive.google_fake.channels import Policy, Push
from drive.google_fake.consent import Consent
from drive.google_fake.faults import Fault
from drive.google_fake.server import Server
from drive.google_fake.world import World

__all__ = ["Consent", "Fault", "Policy", "Push", "Server", "World"]
