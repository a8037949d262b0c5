begin;

select 'booking.stale_at(booking.reservations, booking.resources)'::regprocedure;

rollback;
