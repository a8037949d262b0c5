begin;

drop table booking.resolved_rules;

commit;
