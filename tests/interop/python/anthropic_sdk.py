"""Anthropic's SDK for Python through the gateway, against a provider that plays its protocol: answers, streams, counts
of tokens, errors as the SDK's own classes, and the ledger.

    python -m unittest anthropic_sdk      with PATCHBAY in the environment"""

import asyncio
import os
import sys
import time
import unittest

sys.dont_write_bytecode = True

import anthropic  # noqa: E402
from claude import TEXT, USAGE, provider  # noqa: E402
from host import Host  # noqa: E402

CONFIG = """
[routing]
exhausted = "reject"
[ejection]
failures = 1000
"""
CALL = {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
# Usage is written once a second.
WRITTEN_SECONDS = 1.5


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(provider())
        cls.host = cls.enterClassContext(Host(os.environ["PATCHBAY"], CONFIG))
        secret = cls.host.folder.with_name("secret")
        secret.write_text("sk-ant-of-the-provider")
        api = ("--api", "anthropic-messages", "--key-file", secret, "--rpm", "100000")
        cls.host.cli("provider", "add", "claude", "--url", cls.upstream.url, *api, "--model", "m=native-m")
        cls.key = cls.host.key("snake")

    def setUp(self):
        self.upstream.status, self.upstream.breaks = 200, None
        self.addCleanup(self.recover)

    def recover(self):
        """The provider is well again for the next test."""
        if self.upstream.status != 200:
            self.host.cli("provider", "enable", "claude")
            self.host.cli("cooldown", "clear", "claude")

    def client(self, key=None, **more):
        url = self.host.url.removesuffix("/v1")
        return anthropic.Anthropic(base_url=url, api_key=key or self.key, **{"max_retries": 0, **more})

    def fails(self, kind, key=None, **changed):
        with self.assertRaises(kind) as caught:
            self.client(key).messages.create(**{**CALL, **changed})
        return caught.exception


class Answers(Case):
    def test_a_message_is_answered(self):
        answer = self.client().messages.create(**CALL)
        self.assertEqual(answer.content[0].text, "".join(TEXT))
        self.assertEqual(answer.model, "m")
        self.assertEqual(answer.usage.cache_read_input_tokens, USAGE["cache_read_input_tokens"])
        path, headers, body = self.upstream.asked[-1]
        self.assertEqual((path, body["model"]), ("/v1/messages", "native-m"))
        self.assertEqual(headers["x-api-key"], "sk-ant-of-the-provider")
        self.assertTrue(headers["anthropic-version"])
        self.assertNotIn(self.key, str(headers), "the client's key stays here")

    def test_a_stream_is_the_whole_message(self):
        with self.client().messages.stream(**CALL) as stream:
            self.assertEqual(list(stream.text_stream), TEXT)
            answer = stream.get_final_message()
        self.assertEqual((answer.model, answer.stop_reason), ("m", "end_turn"))
        self.assertEqual(answer.usage.output_tokens, USAGE["output_tokens"])

    def test_a_stream_has_every_event_in_order(self):
        kinds = [event.type for event in self.client().messages.create(**CALL, stream=True)]
        deltas = ["content_block_delta"] * len(TEXT)
        framed = ["message_start", "content_block_start", *deltas, "content_block_stop", "message_delta", "message_stop"]
        self.assertEqual(kinds, framed)

    def test_many_at_one_time_are_answered(self):
        async def ask():
            url = self.host.url.removesuffix("/v1")
            async with anthropic.AsyncAnthropic(base_url=url, api_key=self.key, max_retries=0) as client:
                return await asyncio.gather(*(client.messages.create(**CALL) for _ in range(8)))

        self.assertEqual({answer.content[0].text for answer in asyncio.run(ask())}, {"".join(TEXT)})

    def test_tokens_are_counted(self):
        count = self.client().messages.count_tokens(model="m", messages=CALL["messages"])
        self.assertEqual(count.input_tokens, 20)
        path, _, body = self.upstream.asked[-1]
        self.assertEqual((path, body["model"]), ("/v1/messages/count_tokens", "native-m"))


class Errors(Case):
    def test_a_wrong_key_is_an_authentication_error(self):
        error = self.fails(anthropic.AuthenticationError, key="pbk_wrong")
        self.assertEqual((error.body["type"], error.body["error"]["type"]), ("error", "authentication_error"))

    def test_an_unknown_model_is_not_found(self):
        error = self.fails(anthropic.NotFoundError, model="none")
        self.assertEqual((error.body["type"], error.body["error"]["type"]), ("error", "not_found_error"))

    def test_what_the_provider_cannot_take_is_a_bad_request_in_its_own_words(self):
        self.upstream.status = 400
        error = self.fails(anthropic.BadRequestError)
        self.assertEqual(error.body["error"]["message"], "the provider says invalid_request_error")

    def test_a_limit_is_a_rate_limit_error_with_the_time_to_wait(self):
        key = self.host.key("narrow", "--rpm", "1")
        self.client(key).messages.create(**CALL)
        before = len(self.upstream.asked)
        error = self.fails(anthropic.RateLimitError, key=key)
        self.assertEqual(error.body["error"]["type"], "rate_limit_error")
        self.assertGreater(int(error.response.headers["retry-after"]), 0)
        self.assertEqual(len(self.upstream.asked), before, "what is refused never reaches the provider")

    def test_an_overloaded_provider_is_an_overload_and_says_when_to_come_back(self):
        self.upstream.status = 529
        error = self.fails(anthropic.APIStatusError)
        self.assertIn(error.status_code, (503, 529))
        self.assertEqual(error.body["error"]["type"], "overloaded_error")
        self.assertGreater(int(error.response.headers["retry-after"]), 0)

    def test_the_providers_own_wrong_key_is_no_fault_of_the_client(self):
        self.upstream.status = 401
        error = self.fails(anthropic.InternalServerError)
        self.assertEqual(error.body["type"], "error")

    def test_an_error_in_a_stream_is_an_error_after_what_came(self):
        self.upstream.breaks = "error"
        self.assertIn("overloaded_error", self.broken())

    def test_a_stream_that_breaks_off_is_an_error_after_what_came(self):
        self.upstream.breaks = "close"
        self.assertIn("error", self.broken())

    def broken(self):
        """What a stream that breaks after its first word says."""
        heard = []
        with self.assertRaises(anthropic.APIStatusError) as caught:
            for event in self.client().messages.create(**CALL, stream=True):
                heard += [event.delta.text] if event.type == "content_block_delta" else []
        self.assertEqual(heard, TEXT[:1])
        return str(caught.exception)


class Ledger(Case):
    def test_the_ledger_has_what_the_provider_said(self):
        key = self.host.key("counted")
        rounds = 3
        for _ in range(rounds):
            self.client(key).messages.create(**CALL)
            list(self.client(key).messages.create(**CALL, stream=True))
        time.sleep(WRITTEN_SECONDS)
        rows = self.host.json("usage", "--agent", "counted")
        told = {word: sum(row[word] for row in rows) for word in rows[0] if word.endswith("tokens") or word == "requests"}
        # A prompt is all that went in: what was new, what was read from the cache, and what was written to it.
        prompt = USAGE["input_tokens"] + USAGE["cache_read_input_tokens"] + USAGE["cache_creation_input_tokens"]
        self.assertEqual(told["requests"], 2 * rounds)
        self.assertEqual(told["prompt_tokens"], 2 * rounds * prompt)
        self.assertEqual(told["completion_tokens"], 2 * rounds * USAGE["output_tokens"])
        self.assertEqual(told["cached_tokens"], 2 * rounds * USAGE["cache_read_input_tokens"])


if __name__ == "__main__":
    unittest.main()
