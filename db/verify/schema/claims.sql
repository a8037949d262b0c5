begin;

select 'booking.claims'::regclass;

rollback;
