"""The company's own day and time."""

from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from accounts.models import Company, company


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../UTC", "Europe"])
def test_a_company_whose_time_zone_is_not_known_goes_by_the_portals_and_the_log_says_so(name, caplog):
    its = Company(time_zone=name)
    company._zone_named.cache_clear()
    assert its.zone == its.zone == ZoneInfo(settings.TIME_ZONE)
    assert [record.msg["time_zone"] for record in caplog.records] == [name]
