"""What happens over several objects: checkouts, renewals, payments, changes, ends."""
