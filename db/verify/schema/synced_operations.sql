begin;

select 'booking.synced_operations'::regclass;

rollback;
