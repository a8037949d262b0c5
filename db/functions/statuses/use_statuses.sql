begin;
set local role berth_owner;

select booking.define_statuses('use_statuses', array(
  select s.status from booking.reservation_statuses s where s.is_use order by s.status));

comment on function booking.use_statuses() is 'The statuses whose reservations count as use of a resource.';
grant execute on function booking.use_statuses() to authenticated, service_role;

commit;
