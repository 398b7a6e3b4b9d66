"""What the API says about plans."""
