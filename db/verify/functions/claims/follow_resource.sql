begin;

select 'booking.follow_resource()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.resources'::regclass and tgname = '_500_follow_resource';

rollback;
