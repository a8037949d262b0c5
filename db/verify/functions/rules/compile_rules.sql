begin;

select 'booking.compile_rules()'::regprocedure;
select 'booking.meets_rules(booking.assessment)'::regprocedure;
select 'booking.check_rules(booking.assessment)'::regprocedure;
select 'booking.check_quotas(booking.assessment)'::regprocedure;
select 'booking.narrow_starts(booking.narrowing)'::regprocedure;

rollback;
