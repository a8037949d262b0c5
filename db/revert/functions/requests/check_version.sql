begin;

drop function booking.check_version(integer, integer);

commit;
