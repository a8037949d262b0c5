begin;

select 'booking.set_rrule_part(text, text, text)'::regprocedure;

rollback;
