"""The type of every body and answer of the accounts' API."""
