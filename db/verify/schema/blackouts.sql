begin;

select 'booking.blackouts'::regclass;
select 'api.blackouts'::regclass;

rollback;
