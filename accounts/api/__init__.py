"""The API of accounts, and whose request it is: `authentication` serves every API and every socket."""
