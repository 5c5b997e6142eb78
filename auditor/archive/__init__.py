"""An archive of many cities audited as jobs: listed, planned, worked through, taken up again."""
