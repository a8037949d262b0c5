-- Who walks in, what they find, and what they are told. Loaded after pgTAP; by hand: psql -f db/tests/support/personas.sql
create schema tests;
-- Whoever runs the tests need be no superuser.
grant berth_gateway to current_user;
comment on schema tests is 'Helpers of db/tests; every persona may call them.';
grant usage on schema tests to public;

create function tests.id(name text) returns uuid
language sql immutable strict
return md5(name)::uuid;
comment on function tests.id(text) is 'The id of the tenant, person, resource or reservation of this name.';

create function tests.at(clock text, day integer default 0) returns timestamptz
language sql immutable
return (date '2030-01-07' + day + clock::time) at time zone 'UTC';
comment on function tests.at(text, integer) is 'A time on the Monday the tests live in, or so many days later; it is 08:00 there.';

create function tests.become(role text, claims jsonb) returns void
language plpgsql
as $$
begin
  -- As in a new transaction: nothing is left of the request before.
  perform set_config(name, '', true)
     from unnest('{request.headers, response.headers, booking.tenant_id, booking.user_id, booking.reason, booking.override, booking.inserted_rows}'::text[]) name;
  perform set_config('request.jwt.claims', coalesce(claims::text, ''), true);
  perform set_config('role', role, true);
end
$$;
comment on function tests.become(text, jsonb) is 'Goes on as this database role with a token of these claims.';

create function tests.be(who text, tenant text default null) returns void
language sql
return tests.become('authenticated', jsonb_build_object(
  'role', 'authenticated', 'sub', tests.id(who), 'exp', extract('epoch' from now())::bigint + 3600,
  'tenant_id', tests.id(coalesce(tenant, case when who = 'stranger' then 'globex' else 'acme' end))));
comment on function tests.be(text, text) is
  'Walks in as admin, manager, approver, member or colleague (a member too) of acme, or as stranger, the admin of globex; or with a token that names another tenant.';

create function tests.be_nobody() returns void
language sql
return tests.become('anon', '{"role": "anon"}');
comment on function tests.be_nobody() is 'Walks in without a token.';

create function tests.be_dba() returns void
language sql
return tests.become('none', null);
comment on function tests.be_dba() is 'Back to the superuser in psql.';

create function tests.world() returns void
language plpgsql
as $$
begin
  perform tests.be_dba();
  perform set_config('booking.now', tests.at('08:00')::text, true);
  set local timezone = 'UTC';
  insert into booking.tenants (id, slug, name) values
    (tests.id('acme'), 'acme', 'Acme'), (tests.id('globex'), 'globex', 'Globex');
  insert into booking.members (tenant_id, user_id, role, display_name)
  select tests.id(tenant), tests.id(name), role::booking.member_role, name
    from (values ('acme', 'admin', 'admin'), ('acme', 'manager', 'manager'), ('acme', 'approver', 'approver'),
                 ('acme', 'member', 'member'), ('acme', 'colleague', 'member'), ('globex', 'stranger', 'admin')) as people (tenant, name, role);
  insert into booking.resources (tenant_id, id, name, capacity, requires_approval, is_active)
  select tests.id(tenant), tests.id(name), name, capacity, name = 'stage', name <> 'closed'
    from (values ('acme', 'room', 1), ('acme', 'studio', 1), ('acme', 'desks', 3), ('acme', 'stage', 1), ('acme', 'closed', 1),
                 ('globex', 'theirs', 1)) as things (tenant, name, capacity);
end
$$;
comment on function tests.world() is
  'Two tenants. acme has a room, a studio, three desks, a stage that requires approval and a closed room; globex has theirs. It is Monday, 7 January 2030, 08:00 UTC.';

create function tests.reserve(
  name text, resource text, starts text, ends text, status booking.reservation_status default 'confirmed',
  owner text default 'member', units integer default 1, unit integer default null,
  priority integer default 0, expires text default null
) returns void
language sql security definer
as $$
  insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, status, owner_id, units, unit, title, notes, priority, expires_at)
  select s.tenant_id, tests.id(reserve.name), s.id, tests.at(starts), tests.at(ends), status, tests.id(owner), units, unit, reserve.name, 'private',
         priority, tests.at(expires)
    from booking.resources s
   where s.id = tests.id(resource)
$$;
comment on function tests.reserve(text, text, text, text, booking.reservation_status, text, integer, integer, integer, text) is
  'A DBA''s insert of a reservation on that Monday, whoever is walking in at the moment.';

create function tests.rule(resource text, rules jsonb) returns void
language sql security definer
as $$
  insert into booking.booking_rules
  select r.*
    from jsonb_populate_record(null::booking.booking_rules, rules || jsonb_build_object(
           'tenant_id', tests.id('acme'), 'id', gen_random_uuid(), 'resource_id', tests.id(resource))) r
$$;
comment on function tests.rule(text, jsonb) is 'A DBA''s insert of rules for this resource of acme; of null, for the whole tenant.';

create function tests.clock(clock text, day integer default 0) returns void
language sql
as $$ select set_config('booking.now', tests.at(clock, day)::text, true) $$;
comment on function tests.clock(text, integer) is 'It is now this time on that Monday, or so many days later.';

create function tests.draw(resource text) returns text language sql security definer
as $$
  select string_agg(taken, ' | ' order by unit)
    from (select unit, string_agg(format('%s %s-%s', title, to_char(lower(piece), 'HH24:MI'), to_char(upper(piece), 'HH24:MI')), ', ' order by piece, title) as taken
            from (select c.unit, coalesce(r.title, '#') as title, unnest(range_agg(c.during)) as piece
                    from booking.claims c
                    left join booking.reservations r on r.tenant_id = c.tenant_id and r.id = c.source_id
                   where c.resource_id = tests.id(resource)
                   group by c.unit, c.source_id, r.title) p
           group by unit) u
$$;
comment on function tests.draw(text) is 'A resource as it is taken, unit by unit: "b 09:00-10:00, # 10:00-12:00 | …"; # is a blackout, whose pieces count as one.';

create function tests.close(name text, resource text, starts text, ends text, on_conflict text default 'reject', reason text default 'works') returns void language sql security definer
as $$
  insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at, on_conflict, reason)
  select tenant_id, tests.id(close.name), id, tests.at(starts), tests.at(ends), close.on_conflict, close.reason from booking.resources where id = tests.id(resource)
$$;
comment on function tests.close(text, text, text, text, text, text) is 'A DBA''s insert of a blackout on that Monday.';

create function tests.book(
  name text, resource text, starts timestamptz, ends timestamptz, status booking.reservation_status default 'confirmed', owner text default 'member', units integer default 1
) returns void language sql security definer
as $$
  insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, status, owner_id, units, title)
  select s.tenant_id, tests.id(book.name), s.id, starts, ends, status, tests.id(owner), units, book.name from booking.resources s where s.id = tests.id(resource)
$$;
comment on function tests.book(text, text, timestamptz, timestamptz, booking.reservation_status, text, integer) is 'A DBA''s insert of a reservation on any day.';

create function tests.hours(resource text, weekdays integer[], opens time, closes time, valid_from date default null, valid_to date default null, kind text default null) returns void
language sql security definer
as $$
  insert into booking.opening_hours (tenant_id, resource_id, kind, weekday, opens, closes, valid_from, valid_to)
  select tests.id('acme'), tests.id(resource), hours.kind, d, hours.opens, hours.closes, hours.valid_from, hours.valid_to from unnest(weekdays) d
$$;
comment on function tests.hours(text, integer[], time, time, date, date, text) is 'A DBA''s insert of opening hours on these days of the week; of null, for a kind or the whole of acme.';

create function tests.exception(resource text, day date, opens time default null, closes time default null, kind text default null) returns void
language sql security definer
as $$
  insert into booking.opening_exceptions (tenant_id, resource_id, kind, date, is_closed, opens, closes)
  values (tests.id('acme'), tests.id(resource), exception.kind, day, exception.opens is null, exception.opens, exception.closes)
$$;
comment on function tests.exception(text, date, time, time, text) is 'A DBA''s insert of a date that is different: closed, or open at other times.';

create function tests.untitled(answer jsonb) returns jsonb language sql security definer
as $$
  select jsonb_set(answer, '{details}', booking.without_titles(answer -> 'details'))
$$;
comment on function tests.untitled(jsonb) is 'An answer without the titles of what is in the way.';

create function tests.everywhere(who text, resource text, starts timestamptz, ends timestamptz, units integer default 1) returns jsonb language plpgsql
as $$
declare
  v_range text := format('%L::uuid, %L::timestamptz, %L::timestamptz', tests.id(resource), starts, ends);
  v_item jsonb := jsonb_build_object('resource_id', tests.id(resource), 'starts_at', starts, 'ends_at', ends, 'units', units);
  v_call record;
  v_answer jsonb;
  v_answers jsonb := '{}';
begin
  for v_call in
    select *
      from (values
        ('check', format('api.check_reservation_conflict(%s, %L)', v_range, units)),
        ('create', format('api.create_reservation(%s, units => %L)', v_range, units)),
        ('hold', format('api.create_reservation(%s, ''held'', units => %L)', v_range, units)),
        ('bundle', format('api.create_bundle(%L)', jsonb_build_array(v_item))),
        ('series', format('api.create_series(%L, ''FREQ=DAILY;COUNT=1'', %L, %L::interval, timezone => ''UTC'', units => %L)', tests.id(resource), starts at time zone 'UTC', ends - starts, units)),
        ('check of a move', format('api.check_reservation_conflict(%s, %L, tests.id(''mover''))', v_range, units)),
        ('reschedule', format('api.reschedule_reservation(tests.id(''mover''), %L, %L, units => %L)', starts, ends, units)),
        ('move', format('api.move_reservations(%L)', jsonb_build_array(v_item || jsonb_build_object('reservation_id', tests.id('mover')))))) as calls (road, call)
  loop
    begin
      if v_call.road in ('check of a move', 'reschedule', 'move') then
        perform tests.book('mover', resource, '2032-06-01 09:00+00', '2032-06-01 10:00+00', owner => who, units => least(units, 1));
      end if;
      perform tests.be(who);
      v_answer := tests.answer('select ' || v_call.call);
      raise exception using errcode = 'TT000';
    exception
      when sqlstate 'TT000' then null;
    end;
    -- Of a series, what is said of the one occurrence.
    v_answers := v_answers || jsonb_build_object(v_call.road, case when v_answer ? 'rows' then null
      else coalesce((select jsonb_build_object('code', 'PT' || (r ->> 'status'), 'message', r -> 'code', 'details', r -> 'details', 'hint', r -> 'hint') from (select v_answer #> '{details,rejected,0}') o (r) where r is not null), v_answer) end);
  end loop;
  -- What is kept of a series' refusals has no titles.
  return case when (select count(distinct case when a.value = 'null' then a.value else tests.untitled(a.value) end) from jsonb_each(v_answers) a) = 1 then nullif(v_answers -> 'check', 'null') else v_answers end;
end
$$;
comment on function tests.everywhere(text, text, timestamptz, timestamptz, integer) is
  'What this person is told of a range, whether they check, book, hold, bundle, repeat or move something there: null if they may have it, the error if all say the same, or else what each says. It is undone.';

create function tests.bundle(name text, owner text default 'member') returns void language sql security definer
as $$ insert into booking.bundles (tenant_id, id, title, owner_id) values (tests.id('acme'), tests.id(bundle.name), bundle.name, tests.id(owner)) $$;
comment on function tests.bundle(text, text) is 'A DBA''s insert of a bundle of acme, still empty.';

create function tests.part(bundle text, name text, resource text, starts text, ends text, status booking.reservation_status default 'confirmed', expires text default null) returns void language sql security definer
as $$
  insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, status, owner_id, title, bundle_id, expires_at)
  select tenant_id, tests.id(part.name), tests.id(resource), tests.at(starts), tests.at(ends), status, owner_id, part.name, id, tests.at(expires)
    from booking.bundles where id = tests.id(bundle)
$$;
comment on function tests.part(text, text, text, text, text, booking.reservation_status, text) is 'A DBA''s insert of one of a bundle''s reservations.';

create function tests.stands(bundle text) returns text language sql security definer
as $$ select string_agg(title || ' ' || status, ', ' order by title) from booking.reservations where bundle_id = tests.id(bundle) $$;
comment on function tests.stands(text) is 'How far each reservation of a bundle has come: "a held, b pending".';

-- Not stable, so that they see what the same statement has done.
create function tests.reservation(name text) returns booking.reservations
language sql security definer
as $$ select * from booking.reservations where id = tests.id(name) $$;
comment on function tests.reservation(text) is 'The row as it is, whoever asks.';

create function tests.claims(name text) returns text[]
language sql security definer
as $$
  select coalesce(array_agg(format('%s %s %s-%s', s.name, c.unit, to_char(lower(during), 'HH24:MI'), to_char(upper(during), 'HH24:MI'))
                            order by s.name, unit, during), '{}')
    from booking.claims c
    left join booking.resources s on s.tenant_id = c.tenant_id and s.id = c.resource_id
   where c.source_id = tests.id(claims.name)
$$;
comment on function tests.claims(text) is 'The claims of a reservation, each as "room 1 09:00-10:00".';

create function tests.events(name text) returns text[]
language sql security definer
as $$
  select coalesce(array_agg(type order by seq), '{}')
    from booking.events
   where coalesce(reservation_id, resource_id) = tests.id(name)
$$;
comment on function tests.events(text) is 'The types of the events of a reservation or a resource, in their order.';

create function tests.last_event(name text) returns booking.events
language sql security definer
as $$
  select * from booking.events
   where coalesce(reservation_id, resource_id) = tests.id(name)
   order by seq desc limit 1
$$;
comment on function tests.last_event(text) is 'The latest event of a reservation or a resource.';

create function tests.sequence() returns void
language sql security definer
as $$
  insert into booking.event_positions (tenant_id, position, event_id)
  select e.tenant_id, (select s.last_position from booking.event_sequencer s) + row_number() over (order by e.seq), e.id
    from booking.events e
   where not exists (select from booking.event_positions p where p.event_id = e.id);
  update booking.event_sequencer set last_position = (select coalesce(max(position), 0) from booking.event_positions);
$$;
comment on function tests.sequence() is 'As if all that this transaction did had been committed, and put in order since.';

create function tests.digest() returns text
language plpgsql security definer
as $$
declare
  v_table regclass;
  v_digest text;
  v_digests text := '';
begin
  for v_table in select oid from pg_class where relnamespace = 'booking'::regnamespace and relkind = 'r' order by oid loop
    execute format('select md5(string_agg(t::text, '','' order by t::text)) from %s t', v_table) into v_digest;
    v_digests := v_digests || v_table || ' ' || coalesce(v_digest, 'empty') || e'\n';
  end loop;
  return v_digests;
end
$$;
comment on function tests.digest() is 'A line a table; equal before and after exactly if nothing changed.';

create function tests.answer(query text) returns jsonb
language plpgsql
as $$
declare
  v_rows integer;
  v_code text;
  v_message text;
  v_details text;
  v_hint text;
begin
  execute query;
  get diagnostics v_rows = row_count;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    return jsonb_build_object('rows', v_rows);
  when others then
    get stacked diagnostics v_code = returned_sqlstate, v_message = message_text, v_details = pg_exception_detail, v_hint = pg_exception_hint;
    return jsonb_build_object('code', v_code, 'message', v_message, 'hint', v_hint, 'details',
                              case when v_details like '{%' then v_details::jsonb else to_jsonb(v_details) end);
end
$$;
comment on function tests.answer(text) is 'What a statement answers, the error or the number of its rows; it is undone either way.';

create function tests.details(query text) returns jsonb
language sql
return tests.answer(query) -> 'details';
comment on function tests.details(text) is 'The details of the error that a statement meets.';

create function tests.recur(
  name text, rrule text, resource text default 'room', local_start timestamp default '2030-01-08 09:00', duration interval default '1 hour',
  local_end timestamp default null, rdates timestamp[] default '{}', dst_gap text default 'skip',
  status booking.reservation_status default 'confirmed', owner text default 'member', expires text default null
) returns void language sql security definer
as $$
  insert into booking.series (tenant_id, id, resource_id, rrule, local_start, timezone, duration, local_end, rdates, dst_gap, title, owner_id)
  select tenant_id, tests.id(recur.name), id, recur.rrule, recur.local_start, timezone, case when recur.local_end is null then recur.duration end, recur.local_end,
         recur.rdates, recur.dst_gap, recur.name, tests.id(owner)
    from booking.resources where id = tests.id(resource);
  insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, status, owner_id, title, notes, expires_at, series_id, original_starts_at)
  select s.tenant_id, tests.id(s.title || row_number() over (order by o.starts_at)), s.resource_id, o.starts_at, o.ends_at, recur.status, s.owner_id,
         s.title, 'private', tests.at(expires), s.id, o.starts_at
    from booking.series s, booking.list_occurrences(s) o
   where s.id = tests.id(recur.name);
$$;
comment on function tests.recur(text, text, text, timestamp, interval, timestamp, timestamp[], text, booking.reservation_status, text, text) is
  'A DBA''s insert of a series a and its occurrences a1, a2, …; by itself from 09:00 to 10:00 on, first on Tuesday, the 8th.';

create function tests.plan(name text) returns text language sql security definer
as $$
  select string_agg(to_char(r.starts_at at time zone s.timezone, 'DD HH24:MI') || to_char(r.ends_at at time zone s.timezone, '-HH24:MI')
                    || case when r.resource_id <> (select resource_id from booking.series where id = tests.id(plan.name)) then ' ' || s.name else '' end
                    || case when r.starts_at <> r.original_starts_at then to_char(r.original_starts_at at time zone s.timezone, ' (DD HH24:MI)') else '' end
                    || case when r.series_id <> tests.id(plan.name) then ' split' else '' end
                    || case when r.status <> 'confirmed' then ' ' || r.status else '' end, ', ' order by n)
    from generate_series(1, 20) n
    join booking.reservations r on r.id = tests.id(plan.name || n)
    join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
$$;
comment on function tests.plan(text) is
  'Where a1, a2, … stand by the wall clock, and what is said of them beside: "08 09:00-10:00, 09 11:00-12:00 (09 09:00), 10 09:00-10:00 studio split cancelled": '
  'moved from the time in brackets, to another resource than the series'', in another series now, with another status than confirmed.';

create function tests.series(name text) returns booking.series language sql security definer
as $$ select * from booking.series where id = tests.id(name) $$;
comment on function tests.series(text) is 'The row as it is, whoever asks.';

create function tests.split_off(name text) returns booking.series language sql security definer
as $$
  select s.*
    from generate_series(1, 20) n
    join booking.reservations r on r.id = tests.id(split_off.name || n)
    join booking.series s on s.tenant_id = r.tenant_id and s.id = r.series_id
   where s.id <> tests.id(split_off.name)
   order by n desc
   limit 1
$$;
comment on function tests.split_off(text) is 'The series that the last of a1, a2, … is in now, if it is not a.';

create function tests.rows() returns jsonb language sql security definer
as $$
  select jsonb_build_object('seq', (select coalesce(max(seq), 0) from booking.events), 'rows', (
           select coalesce(jsonb_object_agg(kind || id, contents), '{}')
             from (select 'r' as kind, id, to_jsonb(r) as contents from booking.reservations r
                   union all
                   select 's', id, to_jsonb(s) from booking.series s) x))
$$;
comment on function tests.rows() is 'All reservations and series as they are, for changes().';

create function tests.changes(before jsonb) returns text language sql security definer
as $$
  select coalesce((select string_agg(format('%s %s', n, type), ', ' order by type)
                     from (select type, count(*) as n from booking.events where seq > (before ->> 'seq')::bigint group by type) e), 'nothing')
      || coalesce((select string_agg(format(', BUT %s is at version %s after %s', p.key, p.value ->> 'version', coalesce(before -> 'rows' -> p.key ->> 'version', 'none')), '' order by p.key)
                     from jsonb_each(tests.rows() -> 'rows') p
                    where (p.value ->> 'version')::integer > coalesce((before -> 'rows' -> p.key ->> 'version')::integer, 0) + 1), '')
      || coalesce((select string_agg(format(', BUT invariant %s: %s', invariant, problem), '') from booking.verify_invariants()), '')
$$;
comment on function tests.changes(jsonb) is
  'What was told of the changes since rows() were so: "3 reservation.rescheduled, 1 series.updated". If a row was changed more than once or an invariant is broken: that, behind a BUT.';

create function tests.edit(who text, call text) returns text language plpgsql
as $$
declare
  v_before jsonb := tests.rows();
  v_parts text[] := regexp_match(call, '^(\w+) (this|following|all) (\w+)(.*)$');
begin
  perform tests.be(who);
  if v_parts is null then
    execute 'select ' || call;
  else
    execute format('select api.%s_series(%L, %L%s%s)', v_parts[1], case v_parts[2] when 'all' then tests.id(v_parts[3]) else (tests.reservation(v_parts[3])).series_id end,
                   v_parts[2], case when v_parts[2] <> 'all' then format(', %L', tests.id(v_parts[3])) end, v_parts[4]);
  end if;
  return tests.changes(v_before);
end
$$;
comment on function tests.edit(text, text) is
  'Makes a call as this person, and tells its changes(). In short: "cancel all a, reason => ''ill''" and "reschedule following a2, shift => ''1 day''" are cancel_series and reschedule_series of a, and of the series that a2 is in.';

create function tests.says(series booking.series) returns text language sql
return coalesce(series.rrule, 'none') || to_char(series.local_start, ' from DD HH24:MI')
    || coalesce((select ' and ' || string_agg(to_char(d, 'DD HH24:MI'), ', ' order by n) from unnest(series.rdates) with ordinality as dates (d, n)), '')
    || coalesce((select ' but ' || string_agg(to_char(d, 'DD HH24:MI'), ', ' order by n) from unnest(series.exdates) with ordinality as dates (d, n)), '')
    || case when series.cancelled_at is null then '' else ' cancelled' end;
comment on function tests.says(booking.series) is
  'When a series takes place as it is defined: "FREQ=DAILY;COUNT=3 from 08 09:00 and 15 09:00 but 09 09:00" has an rdate and an exdate; none is no rule.';

create function tests.story(make text, steps text[], who text default 'member', out told text, out stands text, out says text) language plpgsql
as $$
declare
  v_step text;
begin
  perform tests.be_dba();
  execute 'select ' || make;
  foreach v_step in array steps loop
    told := coalesce(substring(told from ', BUT .*') || ' and then ', '') || tests.edit(who, v_step);
  end loop;
  stands := tests.plan('a');
  says := concat_ws(' / ', tests.says(tests.series('a')), (select tests.says(s) from tests.split_off('a') s where s.id is not null));
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then null;
  when others then told := sqlstate || ' ' || sqlerrm;
end
$$;
comment on function tests.story(text, text[], text) is
  'What comes of a series a when it is made so and somebody makes these edit()s, one after the other: the changes() of the last, the plan() of a1, a2, …, and what a and the series split off say. It is undone.';
