"""Pages of notifications: what was told and what is wanted, the way out of mails, and all mails to look at."""
