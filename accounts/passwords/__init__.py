"""Which passwords people may choose. No rule asks for digits or signs: length and being unknown protect (NIST SP 800-63B)."""
