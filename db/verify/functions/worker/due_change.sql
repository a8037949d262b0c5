begin;

select 'booking.due_change(booking.reservations, booking.resources)'::regprocedure;

rollback;
