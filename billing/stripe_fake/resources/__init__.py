"""The objects of the API, one kind a file: their shapes, and the calls that make, change and list them."""
