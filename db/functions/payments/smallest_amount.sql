begin;
set local role berth_owner;

create function booking.smallest_amount(currency text) returns numeric
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- ISO 4217's list of minor units. Prices have two decimals, so those with three (KWD, say) are charged to the second.
  return case
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 1
    else 0.01 end;
end
$$;

comment on function booking.smallest_amount(text) is
  'The smallest amount of a currency (ISO 4217) that is charged, and the step of all others: 0.01, or 1 where it has '
  'no decimals, as JPY.';

commit;
