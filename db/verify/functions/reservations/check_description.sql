begin;

select 'booking.check_description(text, text, jsonb)'::regprocedure;

rollback;
