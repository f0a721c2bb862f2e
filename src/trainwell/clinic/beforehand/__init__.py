"""The practice before a run, rows 1 to 12: a file per theme, each check a function that returns how it went.

Source: the rows of the practice, after A. Karpathy, "A Recipe for Training Neural Networks", 2019, and I. Goodfellow
et al., "Deep Learning", ch. 11.
"""
