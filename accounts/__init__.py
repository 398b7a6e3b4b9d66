"""Who: users, how they sign in, what they prefer. Imports no other app."""
