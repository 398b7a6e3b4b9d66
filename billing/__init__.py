"""What it costs: plans and their limits, and the ledger of credits. Knows users; knows nothing of jobs, pages or payments."""
