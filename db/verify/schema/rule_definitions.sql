begin;

select 'booking.rule_definitions'::regclass;

rollback;
