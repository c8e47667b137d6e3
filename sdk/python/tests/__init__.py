"""Tests of the SDK: `python3 -m unittest discover -s tests -t .` in its folder."""
