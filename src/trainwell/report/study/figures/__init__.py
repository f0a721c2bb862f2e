"""The pictures of a study, one per file: each turns plain data into a figure."""
