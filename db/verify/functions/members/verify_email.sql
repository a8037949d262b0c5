begin;

select 'booking.verify_email(text)'::regprocedure;

rollback;
