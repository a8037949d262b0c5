begin;

drop policy owner_writes on booking.rule_definitions;
alter table booking.rule_definitions no force row level security;
alter table booking.rule_definitions disable row level security;

commit;
