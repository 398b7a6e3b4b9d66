"""The types of the contract's bodies and answers, with our jobs and photos in them."""
