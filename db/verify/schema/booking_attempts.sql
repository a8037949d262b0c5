begin;

select 'booking.booking_attempts'::regclass;

rollback;
