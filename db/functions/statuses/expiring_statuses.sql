begin;
set local role berth_owner;

select booking.define_statuses('expiring_statuses', array(
  select s.status from booking.reservation_statuses s where s.runs_out order by s.status));

comment on function booking.expiring_statuses() is 'The statuses that end at expires_at.';

commit;
