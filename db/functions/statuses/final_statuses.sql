begin;
set local role berth_owner;

select booking.define_statuses('final_statuses', array(
  select s.status from booking.reservation_statuses s where s.is_final order by s.status));

comment on function booking.final_statuses() is 'The statuses that nobody changes any more.';

commit;
