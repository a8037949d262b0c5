-- The state machine as data. One trigger enforces it on every road.
begin;
set local role berth_owner;

create table booking.reservation_transitions (
  id          smallint primary key,
  from_status booking.reservation_status,
  to_status   booking.reservation_status not null,
  action      text not null check (length(action) <= 50),
  min_role    booking.member_role,
  event_type  text not null check (length(event_type) <= 100),
  unique nulls not distinct (from_status, to_status),
  unique nulls not distinct (from_status, action, to_status)
);
comment on table booking.reservation_transitions is
  'The legal moves of a reservation; there are no others, by any road.';
comment on column booking.reservation_transitions.from_status is 'Null: the reservation is made in to_status.';
comment on column booking.reservation_transitions.action is
  'The verb of the move, as in cancel_reservation; where the resource requires approval, confirm_reservation submits; '
  'where a price is still to be paid, start_payment and approve_reservation bill, and a payment that comes too late '
  'pays.';
comment on column booking.reservation_transitions.event_type is 'The event the move leaves in the log.';
comment on column booking.reservation_transitions.min_role is
  'The weakest role that may make the move on its own reservation. On somebody else''s it takes a manager, or this '
  'role where it is approver or above. Null: nobody asks for it; time makes it, or a request of higher priority, or a '
  'payment.';

insert into booking.reservation_transitions (id, from_status, to_status, action, min_role, event_type) values
  ( 1, null,         'tentative',  'create',   'member',   'reservation.created'),
  ( 2, null,         'held',       'create',   'member',   'reservation.held'),
  ( 3, null,         'pencilled',  'create',   'member',   'reservation.pencilled'),
  ( 4, null,         'pending',    'create',   'member',   'reservation.submitted'),
  ( 5, null,         'confirmed',  'create',   'member',   'reservation.confirmed'),
  (10, 'tentative',  'confirmed',  'confirm',  'member',   'reservation.confirmed'),
  (11, 'held',       'confirmed',  'confirm',  'member',   'reservation.confirmed'),
  (12, 'pencilled',  'confirmed',  'confirm',  'member',   'reservation.confirmed'),
  (20, 'tentative',  'pending',    'submit',   'member',   'reservation.submitted'),
  (21, 'held',       'pending',    'submit',   'member',   'reservation.submitted'),
  (22, 'pencilled',  'pending',    'submit',   'member',   'reservation.submitted'),
  (25, 'tentative',  'held',       'bill',     'member',   'reservation.held'),
  (26, 'pending',    'held',       'bill',     'approver', 'reservation.held'),
  (30, 'tentative',  'pencilled',  'pencil',   'member',   'reservation.pencilled'),
  (31, 'held',       'pencilled',  'pencil',   'member',   'reservation.pencilled'),
  (40, 'pending',    'confirmed',  'approve',  'approver', 'reservation.confirmed'),
  (41, 'pending',    'rejected',   'reject',   'approver', 'reservation.rejected'),
  (50, 'confirmed',  'checked_in', 'check_in', 'member',   'reservation.checked_in'),
  (51, 'confirmed',  'completed',  'complete', 'member',   'reservation.completed'),
  (52, 'checked_in', 'completed',  'complete', 'member',   'reservation.completed'),
  (53, 'confirmed',  'no_show',    'miss',     null,       'reservation.no_show'),
  (60, 'tentative',  'cancelled',  'cancel',   'member',   'reservation.cancelled'),
  (61, 'held',       'cancelled',  'cancel',   'member',   'reservation.cancelled'),
  (62, 'pencilled',  'cancelled',  'cancel',   'member',   'reservation.cancelled'),
  (63, 'pending',    'cancelled',  'cancel',   'member',   'reservation.cancelled'),
  (64, 'confirmed',  'cancelled',  'cancel',   'member',   'reservation.cancelled'),
  (70, 'tentative',  'expired',    'expire',   null,       'reservation.expired'),
  (71, 'held',       'expired',    'expire',   null,       'reservation.expired'),
  (72, 'pencilled',  'expired',    'expire',   null,       'reservation.expired'),
  (73, 'pending',    'expired',    'expire',   null,       'reservation.expired'),
  (75, 'expired',    'confirmed',  'pay',      null,       'reservation.confirmed'),
  (80, 'held',       'displaced',  'displace', null,       'reservation.displaced'),
  (81, 'pencilled',  'displaced',  'displace', null,       'reservation.displaced');

create view api.reservation_transitions with (security_invoker = true) as
select from_status, to_status, action, min_role, event_type
  from booking.reservation_transitions;
comment on view api.reservation_transitions is 'The legal moves of a reservation. from_status null: it can be made so.';

commit;
