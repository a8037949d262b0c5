begin;

select 'api.booking_outcomes(timestamptz, timestamptz, text)'::regprocedure;

rollback;
