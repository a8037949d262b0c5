-- The closed sets that columns share.
begin;
set local role berth_owner;

create type booking.member_role as enum ('member', 'approver', 'manager', 'admin');
comment on type booking.member_role is 'Role within a tenant, weakest first: each may do all that those before it may.';

create type booking.reservation_status as enum (
  'tentative', 'held', 'pencilled', 'pending', 'confirmed', 'checked_in',
  'completed', 'rejected', 'cancelled', 'expired', 'no_show', 'displaced'
);
comment on type booking.reservation_status is
  'Status of a reservation; the legal moves are the rows of booking.reservation_transitions.';

create type booking.waitlist_status as enum ('waiting', 'offered', 'accepted', 'declined', 'expired', 'left');
comment on type booking.waitlist_status is
  'How far a waitlist entry has come: an offer is accepted, declined, or expires, as does the wait; left before there '
  'was one.';

create type booking.request as (
  tenant_id uuid,
  user_id   uuid,
  role      booking.member_role,
  key       text,
  operation text,
  part      text,
  hash      bytea,
  replay    jsonb
);
comment on type booking.request is
  'A request as booking.begin_request() found it: who asks, and, with an idempotency key, what is asked and the '
  'answer already given to it (replay; a JSON null where the request, when it was first made, did not touch this '
  'part).';

create type booking.placement as (
  source_id uuid,
  during    tstzrange,
  from_unit integer,
  to_unit   integer
);
comment on type booking.placement is
  'A claim on its way to another unit; of one that is new, source_id and from_unit are null.';

create type booking.due_change as (
  to_status booking.reservation_status,
  due_at    timestamptz
);
comment on type booking.due_change is 'What time alone will make of a reservation, and when; null where nothing.';

commit;
