"""Golden cases of a routing policy, natively. `patchbay plugin test` puts the same files to the component."""

import json
import unittest
from pathlib import Path

from ..routing import Candidate, Request
from .host import Err, mock


def routing_cases(routing: type, folder: str = "cases") -> type[unittest.TestCase]:
    """A test for each `*.json` of the folder; `routing` is what the plugin has under the name `Routing`."""

    def test(self):
        for file in sorted(Path(folder).glob("*.json")):
            case = json.loads(file.read_text())
            with self.subTest(case.get("name", file.name)):
                _put(self, routing(), case)

    return type("Cases", (unittest.TestCase,), {"test_every_case_holds": test})


def _put(test, policy, case):
    mock(case.get("config"))
    request = Request(**case.get("request", {}))
    candidates = [Candidate(**given) for given in case["candidates"]]
    expected = case["expect"]
    if "error" in expected:
        with test.assertRaises(Err) as raised:
            policy.rank(request, candidates)
        test.assertEqual(raised.exception.value.code, expected["error"])
        return
    order = policy.rank(request, candidates).order
    names = [candidate.provider for candidate in candidates]
    named = [names[one] if isinstance(one, int) else one for one in expected["order"]]
    test.assertEqual([names[index] for index in order], named)
