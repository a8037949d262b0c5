begin;
set local role berth_owner;

create function booking.compile_rules() returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_function record;
begin
  for v_function in
    select f.name, f.comment, f.result, f.argument,
           pg_catalog.string_agg(pg_catalog.format(
             case f.name
               when 'meets_rules' then 'and ((a.rules).%1$I is null or %2$s)'
               when 'narrow_starts' then 'if (n.rules).%1$I is not null then n.starts := %3$s; end if;'
               else '|| case when (a.rules).%1$I is null or %2$s then ''[]'' else coalesce(%3$s, ''[]'') end' end,
             d.rule, coalesce('(' || d.is_met || ') is true', case f.name when 'meets_rules' then c.call || ' is null' else 'false' end),
             c.call), E'\n  ' order by d.ordinal) as body
      from (values
             ('meets_rules', 'a booking.assessment', 'boolean', 'check', false,
              'Whether all rules that are set are met, quotas aside.'),
             ('check_rules', 'a booking.assessment', 'jsonb', 'check', false,
              'What the rules that are set have against it, all violations in order.'),
             ('check_quotas', 'a booking.assessment', 'jsonb', 'check', true,
              'What the rules that count what the owner has booked have against it, all violations in order.'),
             ('narrow_starts', 'n booking.narrowing', 'tstzmultirange', 'narrow', null,
              'The starts that the rules that are set leave to a search.')
           ) f (name, argument, result, verb, is_counted, comment)
      join booking.rule_definitions d on f.is_counted is null or d.is_counted = f.is_counted
     cross join lateral (
           select case
             when d.counts_per is not null and f.verb = 'check'
               then pg_catalog.format('booking.check_quota(a, %1$L, %2$L, (a.rules).%1$I)', d.rule, d.counts_per)
             when d.counts_per is not null
               then pg_catalog.format('booking.narrow_by_quota(n, %1$L, %2$L, (n.rules).%1$I)', d.rule, d.counts_per)
             when pg_catalog.to_regproc(pg_catalog.format('booking.%s_%s', f.verb, d.rule)) is not null
               then pg_catalog.format('booking.%s_%s(%s)', f.verb, d.rule, pg_catalog.left(f.argument, 1)) end) c (call)
     where c.call is not null
     group by f.name, f.argument, f.result, f.comment
  loop
    execute pg_catalog.format($function$
create or replace function booking.%1$I(%2$s) returns %3$s
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $body$
begin
  %4$s
end
$body$;
comment on function booking.%1$I(%5$s) is %6$L;
$function$, v_function.name, v_function.argument, v_function.result,
      case v_function.result
        when 'boolean' then E'return true\n  ' || v_function.body || ';'
        when 'jsonb' then E'return \'[]\'::jsonb\n  ' || v_function.body || ';'
        else v_function.body || E'\n  return n.starts;' end,
      pg_catalog.split_part(v_function.argument, ' ', 2), v_function.comment || ' Made by compile_rules().');
    execute pg_catalog.format('revoke execute on function booking.%I(%s) from public', v_function.name, pg_catalog.split_part(v_function.argument, ' ', 2));
  end loop;
end
$$;

comment on function booking.compile_rules() is
  'Makes meets_rules(), check_rules(), check_quotas() and narrow_starts(), which ask each rule that is set, from '
  'rule_definitions and the functions check_<rule> and narrow_<rule>. '
  'A migration that adds or drops a rule calls it at its end.';

select booking.compile_rules();

commit;
