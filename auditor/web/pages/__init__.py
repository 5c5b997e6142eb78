"""One module an area of the workbench: its routes."""
