-- The state machine as data. One trigger enforces it on every road.
begin;
set local role berth_owner;

create table booking.reservation_transitions (
  id          smallint primary key,
  from_status booking.reservation_status,
  to_status   booking.reservation_status not null,
  action      text not null,
  min_role    booking.member_role not null,
  event_type  text not null,
  unique nulls not distinct (from_status, to_status),
  unique nulls not distinct (from_status, action, to_status)
);
comment on table booking.reservation_transitions is 'The legal moves of a reservation; there are no others, by any road.';
comment on column booking.reservation_transitions.from_status is 'Null: the reservation is made in to_status.';
comment on column booking.reservation_transitions.action is 'The verb of the function that makes the move, as in cancel_reservation.';
comment on column booking.reservation_transitions.event_type is 'The event the move leaves in the log.';
comment on column booking.reservation_transitions.min_role is
  'The weakest role that may make the move on its own reservation. On somebody else''s it takes a manager, or this role where it is approver or above.';

insert into booking.reservation_transitions (id, from_status, to_status, action, min_role, event_type) values
  ( 1, null,        'tentative', 'create',  'member',   'reservation.created'),
  ( 2, null,        'pending',   'create',  'member',   'reservation.submitted'),
  ( 3, null,        'confirmed', 'create',  'member',   'reservation.confirmed'),
  (10, 'tentative', 'confirmed', 'confirm', 'member',   'reservation.confirmed'),
  (11, 'tentative', 'pending',   'submit',  'member',   'reservation.submitted'),
  (20, 'pending',   'confirmed', 'approve', 'approver', 'reservation.confirmed'),
  (21, 'pending',   'rejected',  'reject',  'approver', 'reservation.rejected'),
  (30, 'tentative', 'cancelled', 'cancel',  'member',   'reservation.cancelled'),
  (31, 'pending',   'cancelled', 'cancel',  'member',   'reservation.cancelled'),
  (32, 'confirmed', 'cancelled', 'cancel',  'member',   'reservation.cancelled');

create view api.reservation_transitions with (security_invoker = true) as
select from_status, to_status, action, min_role, event_type
  from booking.reservation_transitions;
comment on view api.reservation_transitions is 'The legal moves of a reservation. from_status null: it can be made so.';

commit;
