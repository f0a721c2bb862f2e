"""Examples that run as they stand: the gallery of what training looks like."""
