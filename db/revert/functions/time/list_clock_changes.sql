begin;

drop function booking.list_clock_changes(text, tstzrange);

commit;
