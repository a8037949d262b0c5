begin;

select 'booking.smallest_amount(text)'::regprocedure;

rollback;
