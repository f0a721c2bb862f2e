"""The gallery: what neural networks do in training, one short script and one picture each.

Every script in ``pictures/`` trains or computes with trainwell's public names, asserts in numbers what its picture
shows, and returns both. ``python -m examples.gallery`` builds them into one page; with names, only those.
"""
