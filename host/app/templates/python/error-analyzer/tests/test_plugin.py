"""Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component."""

import unittest

from patchbay_sdk.analyzer import Failure
from patchbay_sdk.testing import mock
from plugin import Analyzer


class Analyzes(unittest.TestCase):
    def test_a_word_in_the_message_says_what_it_is(self):
        mock({"words": {"no space left": "disk-full"}})
        failure = Failure(code="exit:1", message="write: No space left on device")
        self.assertEqual(Analyzer().analyze(failure).class_, "disk-full")

    def test_another_message_is_left_to_others(self):
        mock()
        self.assertIsNone(Analyzer().analyze(Failure(message="hm")))
