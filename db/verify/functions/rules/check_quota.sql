begin;

select 'booking.check_quota(booking.assessment, text, text, numeric)'::regprocedure;

rollback;
