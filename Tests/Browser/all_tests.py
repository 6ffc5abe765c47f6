"""The pages as people use them: a real browser, a real service, real machines."""

import unittest

from console_tests import ConsoleTests
from line_tests import LineTests
from replay_tests import ReplayTests

__all__ = ["ConsoleTests", "LineTests", "ReplayTests"]

if __name__ == "__main__":
    unittest.main(verbosity=2)
