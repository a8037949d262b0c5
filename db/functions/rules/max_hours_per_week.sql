-- Hours in one week.
begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_counted, counts_per)
values ('max_hours_per_week', 81, 'quota_exceeded', true, 'week');

commit;
