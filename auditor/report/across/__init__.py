"""The analysis across cities as files: page, workbook, tables, pictures, JSON."""
