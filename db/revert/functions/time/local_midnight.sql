begin;

drop function booking.local_midnight(date, text);

commit;
