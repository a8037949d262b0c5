begin;

select 'booking.check_movable(booking.reservations)'::regprocedure;

rollback;
