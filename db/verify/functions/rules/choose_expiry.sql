begin;

select 'booking.choose_expiry(booking.resources, booking.reservations, interval, boolean)'::regprocedure;

rollback;
