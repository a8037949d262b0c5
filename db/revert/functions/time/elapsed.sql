begin;

drop function booking.elapsed(interval);

commit;
