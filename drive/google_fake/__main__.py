"""`python -m drive.google_fake --port P` serves an empty World."""

import argparse

from drive.google_fake.server import Server
from drive.google_fake.world import World

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=12112)
server = Server(World(is_live=True), parser.parse_args().port)
server.channels.start()
server.serve()
