begin;
set local role berth_owner;

create function booking.make_occurrences(
  request booking.request,
  drafts booking.reservations[],
  override boolean,
  pencil_ttl interval,
  out created booking.reservations[],
  out rejected jsonb
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  a booking.assessment := booking.begin_assessment(request, drafts[1].resource_id);
  v_draft booking.reservations;
  v_prepared booking.reservations[] := '{}';
  v_refusals jsonb[] := '{}';
  v_code text;
  v_slug text;
  v_details text;
  v_hint text;
begin
  created := '{}';
  rejected := '[]';
  -- Mostly all can be had: the rules are looked up once, and one statement makes them.
  begin
    foreach v_draft in array drafts loop
      a.wanted := v_draft;
      v_prepared := v_prepared || (booking.assess(a, 'create', override, pencil_ttl)).wanted;
    end loop;
    with made as (
      insert into booking.reservations select * from pg_catalog.unnest(v_prepared)
      returning *
    )
    select pg_catalog.array_agg(m::booking.reservations) into created from made m;
    -- Beside all of the others, none has more room than it would have in its turn.
    if a.has_quotas and override is not true then
      foreach v_draft in array created loop
        a.wanted := v_draft;
        perform booking.take_quotas(a);
      end loop;
    end if;
    if created[1].status = any (booking.undecided_statuses()) and override is not true then
      a.wanted := created[1];
      perform booking.check_count(a, 'max_tentative', created[1].owner_id);
    end if;
    return;
  exception
    when sqlstate 'PT409' or sqlstate 'PT422' then
      created := '{}';
  end;
  foreach v_draft in array drafts loop
    begin
      a.wanted := v_draft;
      created := created || booking.make_reservation(a, override, pencil_ttl);
    exception
      when sqlstate 'PT409' or sqlstate 'PT422' then
        get stacked diagnostics v_code = returned_sqlstate, v_slug = message_text, v_details = pg_exception_detail, v_hint = pg_exception_hint;
        v_refusals := v_refusals || booking.describe_refusal(v_draft, v_code, v_slug, v_details, v_hint);
    end;
  end loop;
  rejected := pg_catalog.to_jsonb(v_refusals);
end
$$;

comment on function booking.make_occurrences(booking.request, booking.reservations[], boolean, interval) is
  'Makes those reservations of one resource that can be had (created); of the others, when they would have been and '
  'why not, as describe_refusal() says it.';

commit;
