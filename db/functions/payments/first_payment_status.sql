begin;
set local role berth_owner;

create function booking.first_payment_status(
  resource booking.resources,
  amount_due numeric,
  is_waived boolean default false
) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when amount_due is null then null
    when is_waived then 'waived'
    when resource.requires_approval then 'quoted'
    else 'unpaid' end;
end
$$;

comment on function booking.first_payment_status(booking.resources, numeric, boolean) is
  'The payment_status a new reservation has: one that costs something is to be paid at once, or, quoted, once it is '
  'approved; a manager who overrides asks for nothing.';

commit;
