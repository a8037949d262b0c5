begin;

drop view booking.due_reservations;

commit;
