"""Pictures: functions from plain data to Plotly figures, one kind per file; not the page around them."""
