begin;

select 'booking.event_consumers'::regclass;

rollback;
