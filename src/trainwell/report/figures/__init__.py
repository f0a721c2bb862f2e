"""Pictures: functions from plain data to Plotly figures, one kind per file; the pages around them are not here."""
