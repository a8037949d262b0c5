begin;
set local role berth_owner;

alter table booking.rule_definitions enable row level security;
alter table booking.rule_definitions force row level security;

-- The same for every tenant; migrations write it as the owner.
create policy owner_writes on booking.rule_definitions for all to berth_owner
  using (true);

commit;
