begin;

select 'booking.bundles'::regclass;
select 'api.bundles'::regclass;

rollback;
