"""The report's sections, one per file: each turns :class:`ReportData` into its part of the page."""
