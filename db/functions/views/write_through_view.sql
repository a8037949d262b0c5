begin;
set local role berth_owner;

create function booking.write_through_view() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ordinal integer := 1 + coalesce(nullif(pg_catalog.current_setting('booking.inserted_rows', true), '')::integer, 0);
  -- What an update is asked to set cannot be told from what was so before: its hash is only of the row.
  v_request booking.request := booking.begin_request(
    pg_catalog.lower(tg_op) || ' ' || tg_table_name,
    case tg_op when 'INSERT' then row(new.*) else row(old.id) end,
    coalesce(tg_argv[0], 'manager')::booking.member_role,
    part => case tg_op when 'INSERT' then v_ordinal::text else old.id::text end);
  v_given jsonb;
  v_columns text;
  v_values text;
begin
  if tg_op = 'INSERT' then
    perform pg_catalog.set_config('booking.inserted_rows', v_ordinal::text, true);
    new.tenant_id := coalesce(new.tenant_id, v_request.tenant_id);
    -- What was not given takes the table's default.
    select pg_catalog.jsonb_object_agg(n.key, n.value) into v_given
      from pg_catalog.jsonb_each(pg_catalog.to_jsonb(new)) n
     where n.value <> 'null';
  elsif tg_op = 'UPDATE' then
    -- What was not changed is not written.
    select coalesce(pg_catalog.jsonb_object_agg(n.key, n.value), '{}') into v_given
      from pg_catalog.jsonb_each(pg_catalog.to_jsonb(new)) n
     where n.value is distinct from pg_catalog.to_jsonb(old) -> n.key;
  end if;

  if v_request.replay is not null then
    if tg_op = 'INSERT' and v_request.replay = 'null'
       or tg_op = 'UPDATE' and v_request.replay <> 'null' and not v_request.replay @> v_given then
      perform booking.raise_error(422, 'idempotency_key_reused',
        'This Idempotency-Key came with another request before; send a new key.');
    elsif v_request.replay = 'null' then
      return null; -- this row was not there, or not so, when the request was first made
    end if;
    return pg_catalog.jsonb_populate_record(coalesce(new, old), v_request.replay);
  end if;
  if tg_op <> 'INSERT' then
    -- Locked in full at once: complete_resource() may need it so, and to raise a weaker lock later could deadlock.
    execute pg_catalog.format('select from booking.%I where tenant_id = $1 and id = $2 for update', tg_table_name)
      using v_request.tenant_id, old.id;
  end if;
  if tg_op = 'DELETE' then
    execute pg_catalog.format('delete from booking.%I where tenant_id = $1 and id = $2', tg_table_name)
      using v_request.tenant_id, old.id;
    perform booking.remember_response(v_request, pg_catalog.to_jsonb(old));
    return old;
  elsif v_given = '{}' then
    return new;
  end if;
  if new.tenant_id <> v_request.tenant_id then
    perform booking.raise_error(403, 'forbidden', 'tenant_id is your own tenant''s; leave it out.');
  end if;

  select pg_catalog.string_agg(pg_catalog.quote_ident(k), ', '), pg_catalog.string_agg('r.' || pg_catalog.quote_ident(k), ', ')
    into v_columns, v_values
    from pg_catalog.jsonb_object_keys(v_given) k;
  if tg_op = 'INSERT' then
    execute pg_catalog.format(
      'insert into booking.%1$I (%2$s) select %3$s from pg_catalog.jsonb_populate_record(null::booking.%1$I, $1) r returning pg_catalog.to_jsonb(%1$I)',
      tg_table_name, v_columns, v_values) into v_given using v_given;
  else
    execute pg_catalog.format(
      'update booking.%1$I set (%2$s) = (select %3$s from pg_catalog.jsonb_populate_record(null::booking.%1$I, $1) r) where tenant_id = $2 and id = $3 returning pg_catalog.to_jsonb(%1$I)',
      tg_table_name, v_columns, v_values) into v_given using v_given, old.tenant_id, old.id;
  end if;
  new := pg_catalog.jsonb_populate_record(new, v_given);
  perform booking.remember_response(v_request, v_given);
  return new;
exception
  when unique_violation then
    perform booking.raise_error(409, 'duplicate_id', 'One with this id, or of this source, exists already.');
  when foreign_key_violation then
    if tg_op = 'DELETE' then
      perform booking.raise_error(409, 'capacity_in_use',
        'It has reservations; set is_active to false instead of deleting it.');
    end if;
    perform booking.raise_error(404, 'not_found', 'It refers to something that is not there.');
  when check_violation or not_null_violation or invalid_text_representation or string_data_right_truncation or numeric_value_out_of_range then
    declare
      v_column text;
      v_constraint text;
    begin
      get stacked diagnostics v_column = column_name, v_constraint = constraint_name;
      perform booking.raise_error(400, 'invalid_argument',
        pg_catalog.format('A value is missing or out of bounds: %s.', coalesce(nullif(v_column, ''), nullif(v_constraint, ''), 'see the column''s description')),
        pg_catalog.jsonb_build_object(
          'constraint', coalesce(nullif(v_column, ''), v_constraint),
          'argument', coalesce(
            nullif(v_column, ''),
            (select a.attname
               from pg_catalog.pg_constraint k
               join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
              where k.conrelid = pg_catalog.format('booking.%I', tg_table_name)::regclass and k.conname = v_constraint
                and pg_catalog.cardinality(k.conkey) = 1))));
    end;
end
$$;

comment on function booking.write_through_view() is
  'Trigger: managers, or whoever has the role that is its argument, write a table through the api view of the same '
  'name (403 forbidden, 400 invalid_argument, 409 duplicate_id or capacity_in_use).';

create trigger _500_write_through
  instead of insert or update or delete on api.resources
  for each row execute function booking.write_through_view();

create trigger _500_write_through
  instead of insert or update or delete on api.booking_rules
  for each row execute function booking.write_through_view();

create trigger _500_write_through
  instead of insert or update or delete on api.opening_hours
  for each row execute function booking.write_through_view();

create trigger _500_write_through
  instead of insert or update or delete on api.opening_exceptions
  for each row execute function booking.write_through_view();

commit;
