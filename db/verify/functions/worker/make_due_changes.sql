begin;

select 'booking.make_due_changes(booking.due_reservations[])'::regprocedure;

rollback;
