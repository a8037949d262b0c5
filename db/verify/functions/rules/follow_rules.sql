begin;

select 'booking.follow_rules()'::regprocedure;

rollback;
