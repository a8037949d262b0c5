begin;

select 'booking.check_move(booking.request, booking.reservations, uuid[], boolean)'::regprocedure;

rollback;
