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
             case f.argument
               when 'a booking.assessment' then
                 '|| case when (a.rules).%1$s is null then ''[]'' else coalesce(booking.check_%1$s(a), ''[]'') end'
               else 'if (n.rules).%1$s is not null then n.starts := booking.narrow_%1$s(n); end if;' end, d.rule),
             E'\n  ' order by d.ordinal) as body
      from (values
             ('check_rules', 'a booking.assessment', 'jsonb', 'check_', false,
              'What the rules that are set have against it, all violations in order.'),
             ('check_quotas', 'a booking.assessment', 'jsonb', 'check_', true,
              'What the rules that count what the owner has booked have against it, all violations in order.'),
             ('narrow_starts', 'n booking.narrowing', 'tstzmultirange', 'narrow_', null,
              'The starts that the rules that are set leave to a search.')) f (name, argument, result, prefix, is_counted, comment)
      join booking.rule_definitions d on (f.is_counted is null or d.is_counted = f.is_counted)
       and pg_catalog.to_regproc('booking.' || f.prefix || d.rule) is not null
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
      case v_function.result when 'jsonb' then E'return \'[]\'::jsonb\n  ' || v_function.body || ';' else v_function.body || E'\n  return n.starts;' end,
      pg_catalog.split_part(v_function.argument, ' ', 2), v_function.comment || ' Made by compile_rules().');
    execute pg_catalog.format('revoke execute on function booking.%I(%s) from public', v_function.name, pg_catalog.split_part(v_function.argument, ' ', 2));
  end loop;
end
$$;

comment on function booking.compile_rules() is
  'Makes check_rules(), check_quotas() and narrow_starts(), which ask each rule that is set, from rule_definitions '
  'and the functions check_<rule> and narrow_<rule>. '
  'A migration that adds or drops a rule calls it at its end.';

select booking.compile_rules();

commit;
