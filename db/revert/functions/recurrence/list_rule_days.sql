begin;

drop function booking.list_rule_days(booking.recurrence, date, integer, integer);

commit;
