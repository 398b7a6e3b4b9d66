"""What follows from what Stripe says of a customer: rows, plan, period, credits, notices.

`asking` asks Stripe, `reading` turns the answers into `facts`, `granting` and `returning` say which credits follow
from facts (pure), and `applying` writes it all in one transaction. Nothing here knows why it was called.
"""
