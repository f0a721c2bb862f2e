"""The report's sections, one per file: each turns :class:`ReportData` into the HTML of its part of the page."""
