begin;

select 'booking.changed_fields(jsonb, jsonb)'::regprocedure;

rollback;
