begin;
set local role berth_owner;

select booking.define_statuses('live_statuses', array(
  select s.status from booking.reservation_statuses s where not s.is_final order by s.status));

comment on function booking.live_statuses() is 'The statuses of what may still take place.';
grant execute on function booking.live_statuses() to authenticated, service_role;

commit;
