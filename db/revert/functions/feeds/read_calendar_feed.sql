begin;

drop function booking.read_calendar_feed(text);

commit;
