begin;

select 'booking.is_mail_template(text)'::regprocedure;

rollback;
