begin;
set local role berth_owner;

select booking.define_statuses('counting_statuses', array(
  select s.status from booking.reservation_statuses s where s.counts_for_quotas order by s.status));

comment on function booking.counting_statuses() is
  'The statuses whose reservations count for quotas: kept or missed, they still do.';

commit;
