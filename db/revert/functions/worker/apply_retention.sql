begin;

drop function booking.apply_retention(integer, integer, interval);

commit;
