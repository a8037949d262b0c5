-- Reservations that begin on one day.
begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_counted, counts_per)
values ('max_per_day', 82, 'quota_exceeded', true, 'day');

commit;
