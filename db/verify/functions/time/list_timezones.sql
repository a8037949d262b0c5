begin;

select 'booking.list_timezones()'::regprocedure;

rollback;
