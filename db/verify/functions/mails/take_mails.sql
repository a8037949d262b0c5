begin;

select 'booking.take_mails(integer, interval)'::regprocedure;

rollback;
