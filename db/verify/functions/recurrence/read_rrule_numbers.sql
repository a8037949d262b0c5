begin;

select 'booking.read_rrule_numbers(text, text, integer, integer)'::regprocedure;

rollback;
