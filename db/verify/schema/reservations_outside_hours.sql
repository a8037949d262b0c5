begin;

select 'api.reservations_outside_hours'::regclass;

rollback;
