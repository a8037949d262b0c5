begin;

select 'booking.mails'::regclass;
select 'api.mails'::regclass;
select 'booking.mail_templates'::regclass;
select 'api.mail_templates'::regclass;

rollback;
