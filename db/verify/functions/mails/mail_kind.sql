begin;

select 'booking.mail_kind(booking.events)'::regprocedure;

rollback;
