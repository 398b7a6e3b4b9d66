"""Pages of watched folders, and the address that sources ring at."""
