begin;
set local role berth_owner;

delete from booking.rule_definitions where rule = 'max_concurrent';
drop function booking.list_crowds(booking.resources, text, uuid, tstzrange, integer, uuid[]);
drop function booking.check_max_concurrent(booking.assessment);
drop function booking.narrow_max_concurrent(booking.narrowing);

commit;
