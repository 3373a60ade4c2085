"""The WSGI application; refuses to start when a check finds an error."""

import os
import sys

from django.core import checks
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
_portal = get_wsgi_application()

from portal.checks import NOT_COLLECTED  # noqa: E402 - models can be imported from here on
from portal.unread import ReadsToTheEnd  # noqa: E402

_errors = [each for each in checks.run_checks() if each.level >= checks.ERROR or each.id == NOT_COLLECTED]
if _errors:
    sys.exit("The portal does not start:\n" + "\n".join(f"- {error}" for error in _errors))

from alarms import looking  # noqa: E402

looking.start_in_portal()

application = ReadsToTheEnd(_portal)
