begin;

select 'booking.find_quotas(booking.resources)'::regprocedure;

rollback;
