"""How far two arrays are apart, kind by kind."""

import numpy as np

from porter.verify.compare import apart


def test_complex_numbers_differ_in_either_part() -> None:
    one = np.array([1 + 1j, 2 - 3j], dtype=np.complex64)
    assert apart("output", one, one.copy()).relative == 0
    assert apart("output", one, one.conj()).relative > 1


def test_a_complex_number_is_no_real_one() -> None:
    one = np.array([1 + 0j, 2 + 0j])
    assert apart("output", one, one.real).relative == float("inf")
