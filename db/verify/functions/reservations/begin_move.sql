begin;

select 'booking.begin_move(booking.request, booking.reservations)'::regprocedure;

rollback;
