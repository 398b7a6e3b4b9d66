"""Plans with their limits, and the ledger of credits.

Depends on users, but not on jobs, pages or payments.
"""
