begin;

select 'booking.move_occurrences(booking.request, booking.reservations[], boolean, text)'::regprocedure;

rollback;
