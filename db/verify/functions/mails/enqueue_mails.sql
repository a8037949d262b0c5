begin;

select 'booking.enqueue_mails(integer)'::regprocedure;

rollback;
