"""What the host sees of each world's functions."""

import unittest
from types import SimpleNamespace

from patchbay_sdk import (
    Decision,
    Diagnosis,
    Exhausted,
    FixPlan,
    Item,
    Outcome,
    Page,
    PluginError,
    SendError,
    Step,
    config,
    error_analyzer,
    fix_strategy,
    log,
    notifier,
    routing_policy,
    skill_adapter,
    task_source,
)
from patchbay_sdk.analyzer import Failure
from patchbay_sdk.notifier import Message
from patchbay_sdk.routing import Candidate, Request
from patchbay_sdk.skill import Invocation, Skill
from patchbay_sdk.strategy import Problem
from patchbay_sdk.testing import Err, mock


def refused(call, *values):
    """The error that the call ends in."""
    try:
        call(*values)
    except Err as error:
        return error.value
    raise AssertionError("it was not refused")


def rank(policy):
    return routing_policy(policy)().rank(Request(attributes=[("a", "b")]), [Candidate()])


class Routing(unittest.TestCase):
    def test_a_policy_sees_attributes_as_a_dict(self):
        seen = []
        rank(lambda request, candidates: seen.append(request.attributes) or Decision([]))
        self.assertEqual(seen, [{"a": "b"}])

    def test_a_decision_is_the_contracts_record(self):
        decision = rank(lambda *_: Decision([1, 0], otherwise=Exhausted(retry_after_ms=7.4)))
        self.assertEqual((decision.order, decision.reason), ([1, 0], ""))
        self.assertEqual(vars(decision.otherwise), {"action": "reject", "retry_after_ms": 7})

    def test_an_answer_of_another_shape_is_an_error_that_says_what_is_wrong(self):
        mock()
        self.assertIn("the decision is None", refused(rank, lambda *_: None).message)
        self.assertIn("an index in order is 1.5", refused(rank, lambda *_: Decision([1.5])).message)
        self.assertEqual(refused(rank, lambda *_: Decision("x")).code, "bad-answer")

    def test_what_a_policy_raises_is_an_error_of_the_contract(self):
        host = mock()

        def meant(*_):
            raise PluginError("no-idea", "nothing fits", retry_after_ms=5)

        error = refused(rank, meant)
        self.assertEqual((error.code, error.message, error.retry_after_ms), ("no-idea", "nothing fits", 5))
        self.assertEqual(host.lines, [])
        self.assertEqual(refused(rank, lambda *_: {}["x"]).code, "failed")
        level, message, fields = host.lines[0]
        self.assertEqual((level, message), ("error", "KeyError: 'x'"))
        self.assertIn("test_worlds.py:", fields["place"])

    def test_the_configuration_is_put_over_the_defaults_and_lines_reach_the_log(self):
        host = mock({"size": 2})
        self.assertEqual(config(size=1, name="n"), {"size": 2, "name": "n"})
        log.info("chosen", n=1)
        self.assertEqual(host.lines, [("info", "chosen", {"n": "1"})])


class Others(unittest.TestCase):
    def test_an_analyzer_may_know_nothing(self):
        known = error_analyzer(lambda failure: Diagnosis("limited") if failure.code == "429" else None)()
        self.assertIsNone(known.analyze(Failure(code="500")))
        self.assertEqual(known.analyze(Failure(code="429")).class_, "limited")

    def test_the_arguments_of_a_plan_travel_as_json(self):
        plan = fix_strategy(lambda _: FixPlan("t", [Step("retry", {"after_ms": 5})]))().propose(Problem())
        self.assertEqual(vars(plan.actions[0]), {"kind": "retry", "arguments": '{"after_ms":5}'})

    def test_a_skill_is_found_by_its_name_and_reads_its_input(self):
        mock()
        run = lambda value, invocation: Outcome(output=[value, invocation.attempt])
        skills = skill_adapter({"echo": Skill(run, "d")})()
        self.assertEqual(skills.describe()[0].input_schema, "{}")
        self.assertEqual(skills.run(Invocation(skill="echo", input='{"a":1}')).output, '[{"a":1},1]')
        self.assertEqual(refused(skills.run, Invocation(skill="other", input="{}")).code, "unknown-skill")
        self.assertEqual(refused(skills.run, Invocation(skill="echo", input="{")).code, "bad-input")

    def test_a_notifier_says_whether_a_message_may_be_sent_again(self):
        mock()

        def failing(error):
            def send(_message):
                raise error

            return refused(notifier("k", "d", send)().send, Message())

        self.assertEqual(notifier("k", "d", lambda _: None)().send(Message()).id, "")
        self.assertTrue(failing(SendError("busy", "m", retryable=True)).retryable)
        self.assertFalse(failing(ValueError("mistake")).retryable)

    def test_a_source_that_cannot_claim_answers_with_the_item(self):
        source = task_source(lambda cursor: Page([Item("1", "t")], cursor=f"{cursor}+"))()
        page = source.poll("a")
        self.assertEqual((page.cursor, page.more, page.items[0].priority), ("a+", False, "normal"))
        self.assertEqual(source.claim("1"), "1")
        self.assertIsNone(source.complete("1", "1", SimpleNamespace(attributes=[])))
