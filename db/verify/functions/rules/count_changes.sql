begin;

select 'booking.count_changes(booking.assessment, text)'::regprocedure;

rollback;
