"""`/api/v1/auth`: accounts and tokens for programs.

What allauth does for pages it does here: its forms, its stages of a sign-in, its mails.
"""
