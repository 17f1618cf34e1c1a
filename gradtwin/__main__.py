"""`python -m gradtwin` is `gradtwin`."""

import sys

from gradtwin.face.cli import main

sys.exit(main())
