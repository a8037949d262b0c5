begin;

drop function booking.list_timezones();

commit;
