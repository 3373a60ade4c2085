"""Mail is kept smaller than it is, and comes back as it was."""

import os

from hypothesis import example, given
from hypothesis import strategies as st

from core.compressed import BEGINNING, compress, decompress


@given(st.binary())
@example(b"")
@example(b"From: a@b.example\r\n" * 1_000)
@example(BEGINNING)
@example(BEGINNING + b"no frame")
@example(compress(b"twice " * 100))
def test_what_is_read_is_what_was_written(data):
    assert decompress(compress(data)) == data


def test_text_becomes_smaller_and_noise_no_larger():
    assert len(compress(b"Please confirm the price of order 4711.\r\n" * 50)) < 200
    noise = os.urandom(1_000)
    assert compress(noise) == noise
