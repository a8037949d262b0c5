begin;

drop view booking.counted_reservations;

commit;
