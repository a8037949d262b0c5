begin;

drop view api.payments;
drop table booking.payment_notifications;
drop table booking.payment_items;
drop table booking.payments;

commit;
