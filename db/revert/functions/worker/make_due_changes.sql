begin;

drop function booking.make_due_changes(booking.due_reservations[]);

commit;
