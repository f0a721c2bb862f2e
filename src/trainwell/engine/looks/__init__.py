"""What a run writes down of itself besides its curves: its layers on a probe batch, and what it is held against."""
