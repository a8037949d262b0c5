begin;

select 'booking.mails_in_a_day(uuid, uuid)'::regprocedure;

rollback;
