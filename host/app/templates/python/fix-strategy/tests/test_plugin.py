"""Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component."""

import json
import unittest

from patchbay_sdk.strategy import Problem
from patchbay_sdk.testing import mock
from plugin import Strategy


class Proposes(unittest.TestCase):
    def test_each_try_waits_twice_as_long_and_there_is_an_end(self):
        mock({"first_wait_ms": 1000, "tries": 2})
        plans = [Strategy().propose(Problem(fixes_tried=tried)) for tried in range(3)]
        waits = [json.loads(plan.actions[0].arguments)["after_ms"] for plan in plans[:2]]
        self.assertEqual((waits, plans[2]), ([1000, 2000], None))
