begin;

select 'booking.check_description(text, text, jsonb, text, text)'::regprocedure;

rollback;
