begin;

select 'booking.resolved_rules'::regclass;

rollback;
