begin;

select 'booking.counted_reservations'::regclass;

rollback;
