begin;
set local role berth_owner;

create function booking.move_occurrences(
  request booking.request,
  moves booking.reservations[],
  override boolean,
  timezone text
) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_ids uuid[] := array(select m.id from pg_catalog.unnest(moves) m);
  v_move booking.reservations;
  v_refusal jsonb;
  v_refusals jsonb[] := '{}';
  v_code text;
  v_slug text;
  v_details text;
  v_hint text;
begin
  perform booking.make_moves(request, moves, override);
exception
  when sqlstate 'PT409' or sqlstate 'PT422' then
    get stacked diagnostics v_code = returned_sqlstate, v_slug = message_text, v_details = pg_exception_detail, v_hint = pg_exception_hint;
    v_refusal := booking.describe_refusal(moves[1], v_code, v_slug, v_details, v_hint);
    foreach v_move in array moves loop
      begin
        perform booking.check_move(request, v_move, v_ids, override);
      exception
        when sqlstate 'PT409' or sqlstate 'PT422' then
          get stacked diagnostics v_code = returned_sqlstate, v_slug = message_text, v_details = pg_exception_detail, v_hint = pg_exception_hint;
          v_refusals := v_refusals || booking.describe_refusal(v_move, v_code, v_slug, v_details, v_hint);
      end;
    end loop;
    -- Where none is, they are in each other's way.
    perform booking.refuse_occurrences(pg_catalog.to_jsonb(case when v_refusals = '{}' then array[v_refusal] else v_refusals end),
                                       pg_catalog.cardinality(moves), timezone);
end
$$;

comment on function booking.move_occurrences(booking.request, booking.reservations[], boolean, text) is
  'make_moves(), but all that cannot be had is named: see refuse_occurrences().';

commit;
