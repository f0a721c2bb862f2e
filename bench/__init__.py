"""Measurements, side by side in one run. Run one by ``python -m bench NAME``; all by ``make bench``."""
