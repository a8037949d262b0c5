begin;

select 'booking.claims'::regclass;
select 'api.calendar'::regclass;

rollback;
