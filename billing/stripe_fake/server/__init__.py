"""The fake Stripe as a server: its API, its pages, webhooks over HTTP, and a file that outlives a restart."""
