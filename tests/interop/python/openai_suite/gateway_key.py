"""A plugin of pytest: the suite's clients send the key that the environment names, instead of "My API Key". Nothing else
of the suite is changed."""

import os
import sys


def pytest_collection_finish(session):
    conftest = sys.modules["tests.conftest"]
    conftest.api_key = conftest.admin_api_key = os.environ["PATCHBAY_TEST_KEY"]
