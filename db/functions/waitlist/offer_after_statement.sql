begin;
set local role berth_owner;

create function booking.offer_after_statement() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_when = 'BEFORE' then
    perform booking.withhold_offers();
  else
    perform booking.offer_withheld(true);
  end if;
  return null;
end
$$;

comment on function booking.offer_after_statement() is
  'Trigger: a request that writes several rows through a view, each by itself, offers what it frees once, as all of '
  'them then stand.';

create trigger _400_withhold_offers
  before insert or update or delete on api.resources
  for each statement execute function booking.offer_after_statement();

create trigger _600_offer_withheld
  after insert or update or delete on api.resources
  for each statement execute function booking.offer_after_statement();

create trigger _400_withhold_offers
  before insert or update or delete on api.booking_rules
  for each statement execute function booking.offer_after_statement();

create trigger _600_offer_withheld
  after insert or update or delete on api.booking_rules
  for each statement execute function booking.offer_after_statement();

create trigger _400_withhold_offers
  before insert or update or delete on api.opening_hours
  for each statement execute function booking.offer_after_statement();

create trigger _600_offer_withheld
  after insert or update or delete on api.opening_hours
  for each statement execute function booking.offer_after_statement();

create trigger _400_withhold_offers
  before insert or update or delete on api.opening_exceptions
  for each statement execute function booking.offer_after_statement();

create trigger _600_offer_withheld
  after insert or update or delete on api.opening_exceptions
  for each statement execute function booking.offer_after_statement();

commit;
