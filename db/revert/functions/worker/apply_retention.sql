begin;

drop function booking.apply_retention(integer);

commit;
