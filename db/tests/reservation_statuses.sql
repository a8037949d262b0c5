-- What each status means stands in one table, and the constants that plans need are made from it.
begin;
select no_plan();

select set_eq('select status from booking.reservation_statuses', 'select unnest(enum_range(null::booking.reservation_status))', 'each status has its row');
select is(constant, array(select status from booking.reservation_statuses s where p.property = any (array[
             case when blocks = 'always' then 'firm' end, case when blocks = 'by choice' then 'undecided' end, case when runs_out then 'expiring' end,
             case when is_final then 'final' else 'live' end, case when counts_for_quotas then 'counting' end, case when is_use then 'use' end,
             case when calendar_status = 'CANCELLED' then 'lost' end]) order by 1), property)
  from (values
    ('firm', booking.firm_statuses()), ('undecided', booking.undecided_statuses()), ('expiring', booking.expiring_statuses()),
    ('final', booking.final_statuses()), ('live', booking.live_statuses()), ('counting', booking.counting_statuses()),
    ('use', booking.use_statuses()), ('lost', booking.lost_statuses())) as p (property, constant);
select is(booking.fell_through(status), falls_through, 'falls through: ' || status) from booking.reservation_statuses;
select is(is_final, not exists (select from booking.reservation_transitions t where t.from_status = s.status and t.min_role is not null), 'somebody may change it: ' || status)
  from booking.reservation_statuses s;

select * from finish();
rollback;
