begin;
set local role berth_owner;

create function booking.parse_rrule(rrule text) returns booking.recurrence
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_weekdays constant text[] := '{MO,TU,WE,TH,FR,SA,SU}';
  v_rule booking.recurrence;
  v_seen text[] := '{}';
  v_part text;
  v_name text;
  v_value text;
  v_days text;
begin
  if pg_catalog.length(rrule) > 2000 then
    perform booking.refuse_rrule('RRULE', rrule, 'A rule has at most 2000 characters.');
  end if;
  v_rule.every := 1;
  v_rule.week_start := 1;
  foreach v_part in array pg_catalog.string_to_array(
    pg_catalog.upper(pg_catalog.regexp_replace(pg_catalog.btrim(coalesce(rrule, ''), e' \t\r\n'), '^RRULE:', '', 'i')), ';')
  loop
    v_name := pg_catalog.split_part(v_part, '=', 1);
    v_value := pg_catalog.substr(v_part, pg_catalog.length(v_name) + 2);
    if v_part !~ '^[A-Z-]+=[^=[:space:]]+$' then
      perform booking.refuse_rrule(v_name, v_value,
        'A rule is a list of NAME=VALUE between semicolons, without spaces, like FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10.');
    elsif v_name = any (v_seen) then
      perform booking.refuse_rrule(v_name, v_value, pg_catalog.format('%s stands there twice; put all its values into one.', v_name));
    end if;
    v_seen := v_seen || v_name;

    case v_name
      when 'FREQ' then
        if v_value not in ('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY') then
          perform booking.refuse_rrule(v_name, v_value, 'FREQ is DAILY, WEEKLY, MONTHLY or YEARLY.');
        end if;
        v_rule.freq := v_value;
      when 'INTERVAL', 'COUNT' then
        if v_value !~ '^[0-9]{1,9}$' or v_value::integer = 0 then
          perform booking.refuse_rrule(v_name, v_value, pg_catalog.format('%s is a whole number, 1 or more.', v_name));
        elsif v_name = 'COUNT' then
          v_rule.count := v_value::integer;
        else
          v_rule.every := v_value::integer;
        end if;
      when 'UNTIL' then
        if v_value !~ '^[0-9]{8}T[0-9]{6}Z$' then
          perform booking.refuse_rrule(v_name, v_value,
            'UNTIL is a time in UTC, since the series has a time zone: like UNTIL=20301231T235959Z.');
        end if;
        begin
          if v_value like '%T24%' then -- which PostgreSQL would take for the next midnight
            raise exception using errcode = 'datetime_field_overflow';
          end if;
          -- Without leap seconds, 60 is 59 (RFC 5545 3.3.12).
          v_rule.until := pg_catalog.make_timestamptz(
            pg_catalog.substr(v_value, 1, 4)::integer, pg_catalog.substr(v_value, 5, 2)::integer, pg_catalog.substr(v_value, 7, 2)::integer,
            pg_catalog.substr(v_value, 10, 2)::integer, pg_catalog.substr(v_value, 12, 2)::integer,
            case pg_catalog.substr(v_value, 14, 2) when '60' then 59 else pg_catalog.substr(v_value, 14, 2)::integer end, 'UTC');
        exception
          when datetime_field_overflow then
            perform booking.refuse_rrule(v_name, v_value, 'There is no such date or time; UNTIL is written like UNTIL=20301231T235959Z.');
        end;
      when 'WKST' then
        v_rule.week_start := pg_catalog.array_position(v_weekdays, v_value);
        if v_rule.week_start is null then
          perform booking.refuse_rrule(v_name, v_value, 'WKST is one of MO, TU, WE, TH, FR, SA, SU.');
        end if;
      when 'BYDAY' then
        select min(d) filter (where d !~ '^([+-]?0?[1-9]|[+-]?[1-4][0-9]|[+-]?5[0-3])?(MO|TU|WE|TH|FR|SA|SU)$') into v_days
          from pg_catalog.unnest(pg_catalog.string_to_array(v_value, ',')) d;
        if v_days is not null then
          perform booking.refuse_rrule(v_name, v_days,
            'BYDAY is a list of MO, TU, WE, TH, FR, SA, SU, each alone or as the how-manieth: 1MO, -1FR; up to 53.');
        end if;
        v_rule.by_day := array(
          select distinct (nullif(pg_catalog.left(d, -2), '')::integer, pg_catalog.array_position(v_weekdays, pg_catalog.right(d, 2)))::booking.recurrence_day
            from pg_catalog.unnest(pg_catalog.string_to_array(v_value, ',')) d);
      when 'BYMONTH' then
        v_rule.by_month := booking.read_rrule_numbers(v_name, v_value, 1, 12);
      when 'BYWEEKNO' then
        v_rule.by_week_no := booking.read_rrule_numbers(v_name, v_value, -53, 53);
      when 'BYYEARDAY' then
        v_rule.by_year_day := booking.read_rrule_numbers(v_name, v_value, -366, 366);
      when 'BYMONTHDAY' then
        v_rule.by_month_day := booking.read_rrule_numbers(v_name, v_value, -31, 31);
      when 'BYHOUR' then
        v_rule.by_hour := booking.read_rrule_numbers(v_name, v_value, 0, 23);
      when 'BYMINUTE' then
        v_rule.by_minute := booking.read_rrule_numbers(v_name, v_value, 0, 59);
      when 'BYSECOND' then
        v_rule.by_second := booking.read_rrule_numbers(v_name, v_value, 0, 60);
      when 'BYSETPOS' then
        v_rule.by_set_pos := booking.read_rrule_numbers(v_name, v_value, -366, 366);
      else
        perform booking.refuse_rrule(v_name, v_value,
          pg_catalog.format('RFC 5545 knows no %s in a rule; DTSTART, RDATE and EXDATE are given beside it.', v_name));
    end case;
  end loop;

  if v_rule.freq is null then
    perform booking.refuse_rrule('FREQ', null, 'Say how often: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.');
  elsif v_rule.count is not null and v_rule.until is not null then
    perform booking.refuse_rrule('UNTIL', null, 'COUNT and UNTIL exclude each other; keep one of them.');
  elsif v_rule.count is null and v_rule.until is null then
    perform booking.refuse_rrule('COUNT', null, 'The rule would go on for ever; end it with COUNT=10 or UNTIL=20301231T235959Z.');
  elsif v_rule.by_week_no is not null and v_rule.freq <> 'YEARLY' then
    perform booking.refuse_rrule('BYWEEKNO', null, 'BYWEEKNO goes with FREQ=YEARLY only.');
  elsif v_rule.by_year_day is not null and v_rule.freq <> 'YEARLY' then
    perform booking.refuse_rrule('BYYEARDAY', null, 'BYYEARDAY goes with FREQ=YEARLY only.');
  elsif v_rule.by_month_day is not null and v_rule.freq = 'WEEKLY' then
    perform booking.refuse_rrule('BYMONTHDAY', null, 'BYMONTHDAY does not go with FREQ=WEEKLY; use FREQ=DAILY or MONTHLY.');
  elsif v_rule.by_set_pos is not null and not exists (select from pg_catalog.unnest(v_seen) n where n like 'BY%' and n <> 'BYSETPOS') then
    perform booking.refuse_rrule('BYSETPOS', null, 'BYSETPOS chooses among what another BY part gives; add that one, such as BYDAY.');
  end if;

  -- A month has at most five of a weekday: a sixth would silently never come.
  select pg_catalog.format('%s%s', ordinal, v_weekdays[weekday]) into v_days
    from pg_catalog.unnest(v_rule.by_day)
   where ordinal is not null
     and (v_rule.freq in ('DAILY', 'WEEKLY') or v_rule.by_week_no is not null
          or (abs(ordinal) > 5 and (v_rule.freq = 'MONTHLY' or v_rule.by_month is not null)))
   limit 1;
  if found then
    perform booking.refuse_rrule('BYDAY', v_days,
      case when v_rule.freq in ('DAILY', 'WEEKLY') or v_rule.by_week_no is not null
           then 'A weekday with a number goes with FREQ=MONTHLY, or with FREQ=YEARLY without BYWEEKNO; elsewhere leave the number out.'
           else 'A month has at most five of a weekday: the number is 1 to 5, or -5 to -1 from its end.' end);
  end if;
  return v_rule;
end
$$;

comment on function booking.parse_rrule(text) is
  'Reads an RRULE of RFC 5545, with or without its name, in any case: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, an end '
  '(COUNT, or UNTIL in UTC), and every BY part that goes with it. '
  '400 invalid_recurrence, with the part and its value in details, for anything else.';

commit;
