"""Fitting scripts, baselines, benchmarks: never imported by the auditor."""
