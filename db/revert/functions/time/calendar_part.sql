begin;

drop function booking.calendar_part(interval);

commit;
