"""Fixtures of the signing room."""

from tests.support.pki import pki as pki
