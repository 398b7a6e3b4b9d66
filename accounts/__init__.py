"""Users, sign-in, API keys, preferences and mail. Imports no other app but `creator.platform`."""
