"""Bodies and answers of the API of watched folders."""
