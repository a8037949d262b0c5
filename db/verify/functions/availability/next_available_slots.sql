begin;

select 'api.next_available_slots(interval, uuid, text, text[], integer, timestamptz, timestamptz, integer, integer)'::regprocedure;

rollback;
