begin;

drop trigger _100_refuse_source on booking.reservations;
drop function booking.refuse_source();

commit;
