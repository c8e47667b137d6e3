"""Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component."""

import json
import unittest

from patchbay_sdk import secrets
from patchbay_sdk.notifier import Message
from patchbay_sdk.testing import Err, mock
from plugin import Delivery


def receiver(*answer):
    return mock({"url": "https://hooks.example.com/in"}, on={"http.send": lambda _: answer})


class Sends(unittest.TestCase):
    def test_a_message_is_posted_with_the_secret_and_the_receivers_id_comes_back(self):
        host = receiver(200, '{"id":"7"}')
        self.assertEqual(Delivery().send(Message(title="hello")).id, "7")
        _, request = host.calls[0]
        self.assertEqual(json.loads(request.body)["title"], "hello")
        self.assertIn(("authorization", f"Bearer {secrets.placeholder('hook-token')}"), request.headers)

    def test_a_server_in_trouble_is_asked_again_one_that_refuses_is_not(self):
        for status, retryable in [(503, True), (400, False)]:
            receiver(status, "")
            with self.assertRaises(Err) as raised:
                Delivery().send(Message())
            self.assertEqual(raised.exception.value.retryable, retryable)
