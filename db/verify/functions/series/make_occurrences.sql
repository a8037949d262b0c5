begin;

select 'booking.make_occurrences(booking.request, booking.reservations[], boolean, interval)'::regprocedure;

rollback;
