"""`python -m cocreate` is the same as `cocreate`."""

from __future__ import annotations

import sys

from cocreate.cli import main

sys.exit(main())
