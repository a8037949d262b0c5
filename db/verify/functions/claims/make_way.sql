begin;

select 'booking.make_way(booking.reservations, booking.resources)'::regprocedure;

rollback;
