begin;

select 'booking'::regnamespace, 'api'::regnamespace;
select 1 / count(*) from pg_catalog.pg_extension where extname = 'btree_gist';

rollback;
