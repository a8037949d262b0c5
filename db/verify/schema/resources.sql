begin;

select 'booking.resources'::regclass;
select 'api.resources'::regclass;

rollback;
