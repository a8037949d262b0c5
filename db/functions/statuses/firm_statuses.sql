begin;
set local role berth_owner;

select booking.define_statuses('firm_statuses', array(
  select s.status from booking.reservation_statuses s where s.blocks = 'always' order by s.status));

comment on function booking.firm_statuses() is 'The statuses that always take their time: what is firm.';

commit;
