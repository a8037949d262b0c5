begin;

drop function booking.now();

commit;
