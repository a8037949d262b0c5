begin;

select 'booking.make_occurrences(booking.request, booking.reservations[], text, boolean, interval)'::regprocedure;

rollback;
