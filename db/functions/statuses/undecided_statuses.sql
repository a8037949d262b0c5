begin;
set local role berth_owner;

select booking.define_statuses('undecided_statuses', array(
  select s.status from booking.reservation_statuses s where s.blocks = 'by choice' order by s.status));

comment on function booking.undecided_statuses() is
  'The statuses that wait for a decision, and take time only where a resource chooses so.';

commit;
