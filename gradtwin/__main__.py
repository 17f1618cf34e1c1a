"""`python -m gradtwin` is `gradtwin`."""

import sys

from gradtwin.cli import main

sys.exit(main())
