begin;

drop view api.mail_templates;
drop table booking.mail_templates;
drop view api.mails;
drop table booking.mails;

commit;
