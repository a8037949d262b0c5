begin;

drop table booking.rule_definitions;

commit;
