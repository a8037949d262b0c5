begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'max_per_week';

commit;
