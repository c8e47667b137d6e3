"""What a plugin sees of the host."""

import json
import unittest
from types import SimpleNamespace

from patchbay_sdk import PluginError, files, http, job, kv, llm, process, secrets, tasks
from patchbay_sdk.testing import Blob, mock, refuse


def record(**fields):
    return SimpleNamespace(attributes=[], **fields)


class Capabilities(unittest.TestCase):
    def test_a_request_carries_json_and_its_answer_can_be_read(self):
        response = (record(status=201, headers=[("x", "1"), ("x", "2")]), Blob('{"a":1}'))
        host = mock(on={"http.send": lambda _: response})
        answer = http.post("https://a.example", json={"b": 2}, headers={"authorization": secrets.placeholder("t")})
        self.assertEqual((answer.ok, answer.headers, answer.json()), (True, {"x": "1, 2"}, {"a": 1}))
        _, request = host.calls[0]
        self.assertEqual((request.method, json.loads(request.body)), ("POST", {"b": 2}))
        self.assertIn(("authorization", "{{secret:t}}"), request.headers)

    def test_an_error_of_the_host_is_raised_with_its_code(self):
        def send(_request):
            raise refuse("refused", "not granted")

        mock(on={"http.send": send})
        with self.assertRaisesRegex(PluginError, "refused: not granted"):
            http.get("https://a.example")
        with self.assertRaisesRegex(PluginError, "not-mocked"):
            secrets.exists("t")

    def test_bodies_larger_than_one_piece_arrive_whole(self):
        large = "x" * 600 * 1024
        mock(on={"http.send": lambda request: (200, request.body)})
        self.assertEqual(http.post("https://a.example", body=large).text(), large)

    def test_what_is_kept_can_be_found_again(self):
        mock()
        kv.set("b", "ü")
        kv.set_json("a", {"n": 1})
        self.assertEqual((kv.get("b"), kv.get_json("a"), kv.get("c")), ("ü", {"n": 1}, None))
        self.assertEqual((kv.keys(), kv.keys(after="a")), (["a", "b"], ["b"]))
        self.assertEqual((kv.delete("a"), kv.delete("a")), (True, False))

    def test_a_program_is_run_to_its_end(self):
        said = [[record(stream="stdout", text="one")], [record(stream="stderr", text="two")], []]
        child = SimpleNamespace(
            lines=lambda *_: said.pop(0) if said else [], wait=lambda _: record(code=3, signal=None)
        )
        host = mock(on={"process.spawn": lambda *_: child})
        ended = process.run("git", "status", env={"A": "b"})
        self.assertEqual((ended.code, ended.stdout, ended.stderr), (3, "one", "two"))
        self.assertEqual(host.calls[0][1].environment, [("A", "b")])

    def test_the_other_capabilities_give_plain_values(self):
        host = mock(
            on={
                "llm.complete": lambda *_: record(content="c"),
                "files.read": lambda _: (Blob("text"), "v1"),
                "tasks.current": lambda: None,
                "tasks.attempts": lambda: [SimpleNamespace(number=1, attributes=[("a", "b")])],
            }
        )
        self.assertEqual(llm.complete("m", [("user", "q")], max_tokens=5).content, "c")
        self.assertEqual((files.read("/a").text(), files.read("/a").version), ("text", "v1"))
        self.assertIsNone(tasks.current())
        self.assertEqual(tasks.attempts()[0].attributes, {"a": "b"})
        job.log_lines([("one", "stdout"), ("two", "stderr")])
        self.assertEqual(host.calls[-1], ("job.log-lines", [("stdout", "one"), ("stderr", "two")]))
        job.progress(1, total=2, note="n")
        self.assertFalse(job.cancelled())
        self.assertEqual(host.calls[-1], ("job.progress", 1, 2, "n"))
