"""What a photo says beside its pixels: orientation, rights, names, capture date."""
