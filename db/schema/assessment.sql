-- What the rules are asked about.
begin;
set local role berth_owner;

create type booking.assessment as (
  request     booking.request,
  resource    booking.resources,
  rules       booking.booking_rules,
  scopes      jsonb,
  is_ruled    boolean,
  has_hours   boolean,
  has_quotas  boolean,
  is_new_time boolean,
  is_kept     boolean,
  current     booking.reservations,
  wanted      booking.reservations,
  asked_at    timestamptz,
  exclude_ids uuid[],
  replaced    booking.counted_reservations[]
);
comment on type booking.assessment is
  'A reservation that is wanted, in place of current or (null) of none: who asks for it, on which resource, by which '
  'rules, as resolved_rules has them. '
  'asked_at is the time that notice and horizon count from; exclude_ids are on their way elsewhere and count for '
  'nothing. '
  'replaced: what counts for quotas among the reservations that the request moves, as they were before. '
  'is_new_time: it gives its owner time they do not firmly have. is_kept: resource, time and units stay as they are.';

create type booking.narrowing as (
  resource    booking.resources,
  rules       booking.booking_rules,
  scopes      jsonb,
  has_hours   boolean,
  member      booking.members,
  units       integer,
  duration    interval,
  exclude_ids uuid[],
  starts      tstzmultirange
);
comment on type booking.narrowing is
  'A search under way on one resource: the starts that the rules have left so far for so many units and so long, for '
  'a member.';

commit;
