"""Decisions in plain functions: values in, a value out."""
