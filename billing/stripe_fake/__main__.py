"""`python -m billing.stripe_fake` runs the server without Django."""

from billing.stripe_fake.server.run import main

main()
