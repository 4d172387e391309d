"""Rows in, events and problems out: CSV files, dealer-system exports, data frames, application objects."""
