"""Frozen values that experiments return and checks judge; they carry no opinion."""
