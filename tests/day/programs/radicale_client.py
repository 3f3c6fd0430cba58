"""caldav makes a calendar and an event on Radicale."""

import sys

import caldav

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//day//EN
BEGIN:VEVENT
UID:one@example.org
DTSTAMP:20261130T090000Z
DTSTART:20261201T090000Z
DTEND:20261201T100000Z
SUMMARY:A meeting
END:VEVENT
END:VCALENDAR
"""
client = caldav.DAVClient(url=sys.argv[1], username="ada", password="hunter22")
calendar = client.principal().make_calendar(name="meetings", cal_id="meetings")
calendar.save_event(EVENT)
assert len(calendar.events()) == 1
