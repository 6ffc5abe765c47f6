"""The pages as people use them: a real browser, a real service, real machines."""

import unittest

from console_tests import ConsoleTests
from line_tests import LineTests
from replay_tests import ReplayTests
from session_tests import SessionTests

__all__ = ["ConsoleTests", "LineTests", "ReplayTests", "SessionTests"]

if __name__ == "__main__":
    unittest.main(verbosity=2)
