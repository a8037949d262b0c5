begin;

select 'booking.list_rule_days(booking.recurrence, date, integer, integer)'::regprocedure;

rollback;
