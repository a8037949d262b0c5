begin;

drop function booking.sweep(integer);

commit;
