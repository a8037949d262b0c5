begin;

select 'booking.add_rejected(jsonb, jsonb)'::regprocedure;

rollback;
