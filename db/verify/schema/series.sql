begin;

select 'booking.series'::regclass;
select 'api.series'::regclass;

rollback;
