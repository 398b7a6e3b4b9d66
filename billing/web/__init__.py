"""Pages of billing, and the address of Stripe's webhooks. Views parse, authorise and call one domain function."""
