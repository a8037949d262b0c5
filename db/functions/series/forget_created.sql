begin;
set local role berth_owner;

create function booking.forget_created(rejected jsonb, created booking.reservations[]) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
return (
  select coalesce(pg_catalog.jsonb_agg(
           case when r -> 'details' ? 'conflicts' then pg_catalog.jsonb_set(r, '{details, conflicts}', (
             select coalesce(pg_catalog.jsonb_agg(case when m.id is null then c else c - 'reservation_id' end order by k), '[]')
               from pg_catalog.jsonb_array_elements(r -> 'details' -> 'conflicts') with ordinality t (c, k)
               left join pg_catalog.unnest(created) m on m.id = (c ->> 'reservation_id')::uuid)) else r end order by n), '[]')
    from pg_catalog.jsonb_array_elements(rejected) with ordinality u (r, n)
);

comment on function booking.forget_created(jsonb, booking.reservations[]) is
  'Refusals without the ids of reservations in the way that were made along with them, and will not be there.';

commit;
