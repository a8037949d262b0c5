begin;

select 'booking.unverify_email()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.members'::regclass and tgname = '_100_unverify_email';

rollback;
