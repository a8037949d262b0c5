begin;

select 'booking.kept_months(interval)'::regprocedure;

rollback;
