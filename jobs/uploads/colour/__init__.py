"""From any colour to 8-bit sRGB: profiles, stated colours, HDR."""
