begin;

select 'api.search_availability(timestamptz, timestamptz, interval, text, text[], integer, integer, uuid[], integer)'::regprocedure;

rollback;
