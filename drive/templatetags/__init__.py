"""Filters and a tag that show rows of watched folders. They only read."""
