begin;
set local role berth_owner;

create function booking.is_as_far(action text, status booking.reservation_status) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return status = 'cancelled'
    or (action in ('confirm', 'approve') and status = any (booking.use_statuses()))
    or exists (select from booking.reservation_transitions t
                where t.to_status = is_as_far.status
                  and (t.action = is_as_far.action or (t.action = 'submit' and is_as_far.action = 'confirm')));
end
$$;

comment on function booking.is_as_far(text, booking.reservation_status) is
  'Whether one of several reservations needs no change by an action and no word: it is as far already, or cancelled.';

commit;
