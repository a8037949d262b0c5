begin;

select 'booking.has_offset(text)'::regprocedure;

rollback;
