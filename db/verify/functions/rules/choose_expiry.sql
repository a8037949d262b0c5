begin;

select 'booking.choose_expiry(booking.resources, interval, boolean)'::regprocedure;

rollback;
