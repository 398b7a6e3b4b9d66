"""What is bought through Stripe. No other room talks to Stripe, and nothing here decides what a job costs.

An event of Stripe says "look at this customer" and no more. A worker then asks Stripe for the customer's present
objects and writes what follows in one transaction, under the customer's lease. So it does not matter in which order
events come, how often, or whether they come at all (ADR 0034).
"""
