begin;

drop function booking.apply_retention(integer, interval);

commit;
