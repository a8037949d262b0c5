begin;

select 'booking.latest_expiry(booking.booking_rules, booking.reservations, booking.reservation_status, boolean)'::regprocedure;

rollback;
