begin;
set local role berth_owner;

create function booking.move_occurrences(
  request booking.request,
  moves booking.reservations[],
  override boolean,
  timezone text
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids uuid[] := array(select m.id from pg_catalog.unnest(moves) m);
  v_move booking.reservations;
  v_moved booking.reservations[];
  v_replaced booking.counted_reservations[];
  a booking.assessment;
  v_refusals jsonb[] := '{}';
  v_code text;
  v_slug text;
  v_details text;
  v_hint text;
  v_own_code text;
  v_own_slug text;
  v_own_details text;
  v_own_hint text;
begin
  perform booking.make_moves(request, moves, override);
exception
  when sqlstate 'PT409' or sqlstate 'PT422' then
    get stacked diagnostics v_code = returned_sqlstate, v_slug = message_text, v_details = pg_exception_detail, v_hint = pg_exception_hint;
    begin
      if v_slug in (select d.refuses from booking.rule_definitions d where d.is_counted) then
        -- That is asked last, so nothing else is against any of them; and what they are together shows once all have
        -- moved.
        v_replaced := array(
          select c from booking.counted_reservations c where c.tenant_id = request.tenant_id and c.id = any (v_ids));
        v_moved := array(select m from booking.make_moves(request, moves, override => true) m where m.status = any (booking.counting_statuses()));
      end if;
      foreach v_move in array coalesce(v_moved, moves) loop
        begin
          if v_moved is null then
            perform booking.check_move(request, v_move, v_ids, override);
          else
            a := booking.begin_assessment(request, v_move.resource_id);
            a.wanted := v_move;
            a.replaced := v_replaced;
            perform booking.take_quotas(a);
          end if;
        exception
          when sqlstate 'PT409' or sqlstate 'PT422' then
            get stacked diagnostics v_own_code = returned_sqlstate, v_own_slug = message_text, v_own_details = pg_exception_detail, v_own_hint = pg_exception_hint;
            v_refusals := v_refusals || booking.describe_refusal(v_move, v_own_code, v_own_slug, v_own_details, v_own_hint);
        end;
      end loop;
      raise exception using errcode = 'BE002'; -- leave nothing behind
    exception
      when sqlstate 'BE002' then null;
    end;
    if v_refusals = '{}' then
      -- They are in each other's way.
      v_refusals := array(
        select booking.describe_refusal(m, v_code, v_slug, v_details, v_hint)
          from pg_catalog.unnest(moves) m
         where exists (select from pg_catalog.unnest(moves) n
                        where n.id <> m.id and n.resource_id = m.resource_id and n.starts_at < m.ends_at and n.ends_at > m.starts_at)
         order by m.starts_at);
    end if;
    perform booking.refuse_occurrences(
      pg_catalog.to_jsonb(case when v_refusals = '{}' then array[booking.describe_refusal(moves[1], v_code, v_slug, v_details, v_hint)] else v_refusals end),
      pg_catalog.cardinality(moves), timezone);
end
$$;

comment on function booking.move_occurrences(booking.request, booking.reservations[], boolean, text) is
  'make_moves(), but all that cannot be had is named: see refuse_occurrences().';

commit;
