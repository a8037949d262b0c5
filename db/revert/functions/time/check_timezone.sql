begin;

drop function booking.check_timezone(text);

commit;
