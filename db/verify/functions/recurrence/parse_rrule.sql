begin;

select 'booking.parse_rrule(text)'::regprocedure;

rollback;
