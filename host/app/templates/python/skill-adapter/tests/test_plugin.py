"""Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component."""

import unittest

from patchbay_sdk.skill import Invocation
from patchbay_sdk.testing import Err, mock
from plugin import Skill


def run(given):
    return Skill().run(Invocation(skill="{{name}}", input=given))


class Runs(unittest.TestCase):
    def test_letters_are_made_large(self):
        mock()
        self.assertEqual(run('{"text":"hello"}').output, '{"text":"HELLO"}')

    def test_an_input_without_a_text_is_refused(self):
        mock()
        with self.assertRaises(Err) as raised:
            run("{}")
        self.assertEqual(raised.exception.value.code, "bad-input")
