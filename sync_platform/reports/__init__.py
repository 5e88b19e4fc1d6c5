"""Reports: how good the data is, what the KPIs say, and how all reports are written, exported and served."""
