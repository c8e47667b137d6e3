"""Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component."""

import unittest

from patchbay_sdk.testing import Err, mock
from plugin import Source


def feed(*answer):
    mock({"url": "https://feed.example.com"}, on={"http.send": lambda _: answer})


class Polls(unittest.TestCase):
    def test_items_that_are_not_done_are_work(self):
        feed(200, '[{"id":1,"title":"one"},{"id":2,"title":"two","done":true}]')
        self.assertEqual([item.id for item in Source().poll(None).items], ["1"])

    def test_a_feed_that_fails_is_an_error_and_no_empty_list(self):
        feed(500, "")
        with self.assertRaises(Err) as raised:
            Source().poll(None)
        self.assertEqual(raised.exception.value.code, "feed")
