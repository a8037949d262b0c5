begin;

drop function booking.check_request();

commit;
