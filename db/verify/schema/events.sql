begin;

select 'booking.events'::regclass;

rollback;
