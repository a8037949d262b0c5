begin;

select 'booking.make_moves(booking.request, booking.reservations[], boolean)'::regprocedure;

rollback;
