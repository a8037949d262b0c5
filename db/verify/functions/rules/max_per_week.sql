begin;

select 1 / count(*) from booking.rule_definitions where rule = 'max_per_week';

rollback;
