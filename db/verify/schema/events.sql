begin;

select 'booking.events'::regclass;
select 'api.events'::regclass;

rollback;
