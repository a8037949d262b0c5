begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'slot_step';
drop function booking.check_slot_step(booking.assessment);

commit;
