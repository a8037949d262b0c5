begin;

select 'booking.opening_hours'::regclass;
select 'api.opening_hours'::regclass;
select 'booking.opening_exceptions'::regclass;
select 'api.opening_exceptions'::regclass;

rollback;
