begin;

drop function booking.log_is_home();

commit;
