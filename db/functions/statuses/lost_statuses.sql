begin;
set local role berth_owner;

select booking.define_statuses('lost_statuses', array(
  select s.status from booking.reservation_statuses s where s.calendar_status = 'CANCELLED' order by s.status));

comment on function booking.lost_statuses() is 'The statuses of what did not take place, or will not.';

commit;
