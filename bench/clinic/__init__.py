"""The clinic's bench: faults planted on real data, and what the clinic makes of them and of healthy runs."""
