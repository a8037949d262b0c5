-- Reservations that begin in one month.
begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_counted, counts_per)
values ('max_per_month', 83, 'quota_exceeded', true, 'month');

commit;
