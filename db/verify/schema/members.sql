begin;

select 'booking.members'::regclass;
select 'api.members'::regclass;

rollback;
