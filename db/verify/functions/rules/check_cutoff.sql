begin;

select 'booking.check_cutoff(booking.request, booking.reservations, booking.resources, boolean)'::regprocedure;

rollback;
