begin;

select 'booking.check_count(booking.assessment, text, uuid)'::regprocedure;

rollback;
