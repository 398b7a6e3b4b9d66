"""How each file format is read: opened by its header, then decoded. What Pillow leaves out is read here."""
