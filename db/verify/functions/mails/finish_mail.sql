begin;

select 'booking.finish_mail(uuid, uuid, integer, text, interval)'::regprocedure;

rollback;
