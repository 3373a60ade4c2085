from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from alarms.models import AlarmSettings
from core.ids import first_of
from portal.chart import NARROW, WIDE, charts
from sender.models import State
from tests.accounts.sign_in import sign_in
from tests.portal.test_dashboard import mailbox_of, message_in, open_relay, overview

DAYS = [date(2026, 11, 1) + timedelta(days=n) for n in range(30)]


def bars(*numbers: tuple[int, int, int]):
    rows = [*numbers, *[(0, 0, 0)] * (30 - len(numbers))]
    return [
        (day, (("sent", sent), ("failed", failed), ("waiting", waiting)))
        for day, (sent, failed, waiting) in zip(DAYS, rows, strict=True)
    ]


def test_bars_stand_on_the_floor_and_stay_inside():
    for chart, shape in zip(charts(bars((100, 3, 0), (401, 0, 12))), (WIDE, NARROW), strict=True):
        assert (chart.width, chart.height) == (shape["width"], shape["height"])
        for part in chart.parts:
            assert chart.left <= part.x <= chart.width - part.width
            assert 0 <= part.y <= part.y + part.height <= chart.floor + 0.1
        first = chart.parts[0]
        assert first.y + first.height == pytest.approx(chart.floor, abs=0.1)


def test_one_failure_among_thousands_can_be_seen():
    wide = charts(bars((9000, 1, 0)))[0]
    assert [part.tone for part in wide.parts] == ["sent", "failed"]
    assert wide.parts[1].height >= 2


def test_nothing_at_all_draws_lines_and_no_bars():
    wide = charts(bars())[0]
    assert wide.parts == []
    assert [line.number for line in wide.lines] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("most", "top"), [(4, 4), (5, 8), (9, 20), (41, 80), (399, 400), (12345, 20000)])
def test_the_scale_ends_at_a_round_number(most, top):
    assert charts(bars((most, 0, 0)))[0].lines[-1].number == top


def test_the_overview_has_the_chart_its_numbers_and_no_style_in_it(client, world):
    open_relay(world.company)
    message_in(mailbox_of(world.user), State.SENT)
    text = overview(client, world.admin)
    assert text.count('<svg class="chart ') == 2
    assert 'class="chart-sent"' in text
    assert " style=" not in text
    assert "Show the numbers" in text
    assert f'href="{reverse("overview-days", args=["Alpha"])}"' in text


def test_the_file_has_a_line_for_each_day_and_a_user_gets_his_own(client, world):
    message_in(mailbox_of(world.colleague), State.FAILED)
    sign_in(client, world.admin)
    answer = client.get(reverse("overview-days", args=["Alpha"]))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert answer["Content-Disposition"] == 'attachment; filename="days-Alpha.csv"'
    assert len(lines) == 31
    assert lines[0] == "Day,Sent,Failed,Waiting,Not known"
    assert lines[-1] == f"{world.company.today.isoformat()},0,1,0,0"
    sign_in(client, world.user)
    answer = client.get(reverse("overview-days", args=["Alpha"]))
    assert b"".join(answer.streaming_content).decode().splitlines()[-1].endswith(",0,0,0,0")


def test_mail_that_waits_too_long_is_a_problem_even_before_a_worker_told(client, world):
    open_relay(world.company)
    AlarmSettings.objects.create(company=world.company, queue_minutes=10)
    at = timezone.now() - timedelta(minutes=11)
    message = message_in(mailbox_of(world.user), State.WAITING, id=first_of(at))
    type(message).objects.filter(pk=message.pk).update(submitted_at=at, due_at=at)
    text = overview(client, world.admin)
    assert "Mail waits for more than 10 minutes." in text
    assert "No worker has ever been seen, and mail waits." in text
    assert "start manage.py worker" not in text
