begin;

select 'booking.check_presence(booking.reservations, booking.resources, booking.reservation_status)'::regprocedure;

rollback;
