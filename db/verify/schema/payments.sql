begin;

select 'booking.payments'::regclass, 'booking.payment_items'::regclass, 'booking.payment_notifications'::regclass, 'api.payments'::regclass;

rollback;
